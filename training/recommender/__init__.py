"""Fit the recommender's state as of a moment, train its rankers, measure it."""
