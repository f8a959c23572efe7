"""Fit the tables that the places read, as of a moment."""
