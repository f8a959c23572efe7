"""Budgets across customers: who gets a contact when there is not enough of it for everybody.

The problem is a multi-dimensional knapsack with a slate of its own for each customer. It is
relaxed by prices on the capacities (`prices`), made feasible again (`repair`), and the few
customers for whom it is a close call are solved exactly (`exact`). `decisioning.assignment` is
the way in.
"""
