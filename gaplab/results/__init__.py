"""Results as tables and JSON: the same numbers in every form, rounded once."""
