"""What the service tells of itself: counts, times by stage, log lines, spans."""
