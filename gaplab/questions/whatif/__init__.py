"""What a hypothetical release would change: a named model with scores or an ability, a country and a date."""
