"""The recommenders, each a file: how each scores; how each is fitted is in training."""
