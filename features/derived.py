"""Views that are worked out from the canonical tables, in portable SQL.

``transactions`` holds every line of the books; a habit of buying shows in ``purchases`` only.
"""

from collections.abc import Callable

PURCHASES = "purchases"
RETURNS = "returns"

_LINE = (
    "order_id, line_no, customer_id, item_id, purchased_at, quantity, amount, discount, channel,"
    " location_id, payment_method, paid_at, returned_at, source"
)
DERIVED: dict[str, str] = {
    PURCHASES: f"select {_LINE} from transactions"
    " where line_type = 'sale' and customer_id is not null",
    RETURNS: f"select {_LINE} from transactions"
    " where line_type = 'return' and customer_id is not null",
}
"""View -> SELECT: goods sold to, and given back by, customers we know."""


COMMENT_SCORES = "comment_scores"
COMMENT_SCORE_COLUMNS = {
    "table_name": "VARCHAR",
    "row_id": "VARCHAR",
    "written_at": "BIGINT",
    "sentiment": "DOUBLE",
    "topic": "VARCHAR",
}
"""What was read in a comment: its table (feedback, service_contacts, social_mentions) and key,
when it was written (epoch s), sentiment 0 (bad) .. 1 (good) by a model that learned from older
comments only, and its topic. Empty until a sentiment model has been learned."""


def create_derived_views(execute: Callable[[str], object]) -> None:
    """Create the views where the canonical tables are: on DuckDB, or on Spark.

    Parameters
    ----------
    execute
        Runs one statement.
    """
    for name, select in DERIVED.items():
        execute(f"create or replace temporary view {name} as {select}")
