"""Fitted customer models as arrays: what a bundle holds of them, and how they score."""
