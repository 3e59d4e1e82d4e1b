"""From tables to a posterior: identity, cache, stages and several runs at once."""
