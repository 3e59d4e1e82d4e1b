"""Stage 1: an item-response model of all scores gives every model's latent ability."""
