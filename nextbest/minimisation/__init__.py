"""Data minimisation: what is used, by what, and what is collected or computed for nothing."""
