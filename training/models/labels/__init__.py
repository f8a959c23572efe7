"""Labelled rows in time: what was known as of a moment, and what came after it."""
