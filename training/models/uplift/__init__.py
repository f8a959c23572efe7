"""Uplift: whom a contact changes, learned from contacts that a lot decided."""
