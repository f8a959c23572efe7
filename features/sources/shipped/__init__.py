"""Mappings of public data sets: each is a ``sources.yaml`` that can serve as an example."""
