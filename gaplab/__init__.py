"""Bayesian measurement of lags between national AI frontiers."""

__version__ = "0.1.0"
