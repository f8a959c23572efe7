"""Ground floor: tables in at the door, a customer view out.

Enters: a retailer's tables (or a source adapter), checked row by row at the door.
Leaves: canonical Parquet tables, and snapshots: one row a customer, every column computed
from rows strictly before ``as_of``, without the columns whose purpose the customer refused.
May touch: files under NEXTBEST_HOME, DuckDB, pandas. Never a model, a server or a clock.
"""
