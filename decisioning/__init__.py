"""The heart: score, gate, arbitrate, explain. Pure functions over arrays.

Enters: a block of customers x candidates as arrays, the policy, ``as_of`` and a seed.
Leaves: decisions, with the verdict of every gate and every term of the score.
May touch: NumPy, SciPy and the standard library. No file, clock, log or global randomness, so
one request, a batch of a million and a replay of last year run the same code to the same answer.
"""
