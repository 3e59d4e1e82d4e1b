"""Simulated worlds with a known gap, as tables that the whole pipeline reads like the real ones."""
