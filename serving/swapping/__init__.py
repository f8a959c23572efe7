"""Which bundle is served: another one is read, checked and warmed aside, then switched to.

Enters: what an alias of the registry points at. Leaves: the one reference by which requests
decide. May touch: the registry, bundle folders and, for the check, the stores, which it reads.
"""
