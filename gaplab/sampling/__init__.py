"""Exact draws from any compiled density."""
