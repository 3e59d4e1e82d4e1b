"""Files of Epoch AI: the index, the matrix of scores, bundles, lists of runs and daily states."""
