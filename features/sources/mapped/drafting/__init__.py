"""Guesses what files hold: names and values in several languages."""
