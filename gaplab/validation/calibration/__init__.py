"""Simulation-based calibration: the rank of the truth among posterior draws, in worlds drawn from the prior."""
