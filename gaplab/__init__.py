"""Bayesian measurement of lags between national AI frontiers."""
