"""What stage 1 conditions on, and the terms that the data support."""
