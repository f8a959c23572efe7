"""What to show next in a session: candidates, features and ranking from its last events alone.

Pure arrays, fitted by ``training.recommender.sessions``. `session_slates` is the entry.
"""
