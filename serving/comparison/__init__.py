"""Two sets of rules, or two bundles, decided side by side for the same customers."""
