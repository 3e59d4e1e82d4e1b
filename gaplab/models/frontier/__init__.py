"""Stage 2: a stochastic frontier per country, read from abilities or from a published index."""
