"""Probability models: abilities from scores, frontiers from abilities."""
