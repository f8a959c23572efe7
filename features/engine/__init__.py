"""Snapshots of whole installations: bucket by bucket on DuckDB, or the same text on Spark."""
