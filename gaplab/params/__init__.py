"""What a run may vary, and how its settings are read."""
