"""The tables of the project, as they stood on a date, and who counts in them."""
