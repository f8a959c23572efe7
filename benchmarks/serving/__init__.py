"""What the service costs over HTTP, against servers that do nothing."""
