"""Segments: classes by a fixed rule, and clusters whose names last from run to run."""
