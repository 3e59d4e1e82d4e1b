"""From one published number to another by single changes, each with its share of the difference."""
