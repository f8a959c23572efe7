"""Fit what scores sessions, from events or, where there are none, from baskets."""
