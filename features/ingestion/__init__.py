"""The parts of an ingestion: what to load, the work in progress, the files, the commit."""
