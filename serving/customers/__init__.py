"""Customers seen from outside a decision: what models say of them, who they are, what they did.

Enters: ids, or a page to turn. Leaves: plain objects for an answer. May touch: the world of a
decision, the stores, and the canonical tables, which it reads.
"""
