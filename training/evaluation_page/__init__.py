"""The evaluation of a run as a page: what was held out, looked at from every side."""
