"""Who still buys, how often, and for how much: models of customers who leave without a word.

A customer buys at a rate of their own until they silently stop. `pareto_nbd` lets them stop at any
moment, `bg_nbd` after a purchase; `gamma_gamma` says what a purchase of theirs is worth.
"""
