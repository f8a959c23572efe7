"""The front door: the ``nextbest`` command.

Enters: what a person types. Leaves: the work of the floors below, one line when it fails.
May touch: the terminal. It holds no logic of its own; each command calls one function below.
"""
