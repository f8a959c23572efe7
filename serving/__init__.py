"""Requests enter, decisions leave.

Enters: HTTP requests, batch jobs, stock and consent updates, outcomes.
Leaves: decisions that passed every gate, with a record of why, kept in the store.
May touch: the bundle, the stores, the network, the clock. Never ``training``, never a fit.
"""
