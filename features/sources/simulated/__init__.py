"""Tables that a data set lacks, drawn from a seed. Every row says ``source = 'simulated'``.

``docs/simulation.md`` lists every rule and number.
"""
