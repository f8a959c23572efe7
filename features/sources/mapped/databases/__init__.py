"""Tables of PostgreSQL, SQLite and DuckDB, read as Arrow streams and never written."""
