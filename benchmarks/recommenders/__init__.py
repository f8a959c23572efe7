"""Recommenders on public tables: each table a module, each protocol in its docstring."""
