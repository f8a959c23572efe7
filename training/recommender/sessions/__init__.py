"""Fit what scores sessions, of events or, where there are none, from baskets."""
