"""Draws from any compiled log density."""
