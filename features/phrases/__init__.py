"""Snapshot columns in words that a call-centre agent reads, English and French."""
