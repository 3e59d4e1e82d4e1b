"""The live record: what each release publishes, written down before the outcome is known, and scored when due."""
