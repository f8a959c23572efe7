"""A shop with a known truth, to see what a policy does over weeks and how fast it learns."""
