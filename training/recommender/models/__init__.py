"""How each recommender is fitted, a file each; how it scores is in ``decisioning``."""
