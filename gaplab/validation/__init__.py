"""Simulated worlds and the record of how well they are recovered."""
