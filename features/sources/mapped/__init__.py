"""Any retailer's files and databases, by a ``sources.yaml``: see docs/sources.md."""
