"""How results reach a folder: notebooks, briefs, batches and sites."""
