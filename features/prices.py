"""Prices in the wrong scale: cents where units are meant, or thousandths, or the reverse.

A line is refused only where the fault is plain: its item's other prices are steady, and it is off
by 100 or 1,000 to within a quarter. Honest prices spread widely (weighed goods, clearances, hand
keyed lines), so a wider net would refuse real sales; see docs/data.md for what was measured.
"""

from duckdb import DuckDBPyConnection

from features.errors import DataQualityError

PRICED = "transactions"
OTHERS = 5
"""Fewest other lines of the item for its price to be known."""

_STEADY = 2.0  # the middle 80 % of an item's prices, largest to smallest, when it is steady
_NEAR = 0.1  # of a decimal logarithm: 80 to 125 times
_FEWEST = 20  # lines with a known price, before a whole load is judged
_EARLIER = "(select s.* from main.transactions s anti join clean using (order_id, line_no))"
_UNIT = (
    "select {row}item_id, (amount + discount) / cast(quantity as DOUBLE) as price from {rows}"
    " where line_type = 'sale' and quantity > 0 and amount + discount > 0 and item_id is not null"
)
_REMEDY = "give amount and discount in one unit, cents: check cents against units and thousandths."


def scale_faults(con: DuckDBPyConnection) -> str:
    """Render the SELECT of the lines of ``temp.clean`` whose price is in another scale.

    The rows are those of ``temp.faults``. Prices of the lines in ``main`` count as well, so that a
    small load is held against the history.

    Raises
    ------
    DataQualityError
        If most lines of the load are off by one such factor: it is the load that is wrong.
    """
    con.execute(
        "create or replace temp table prices as"
        f" {_UNIT.format(row='row_no, ', rows='clean')} union all"
        # A line that is read again is not its own history.
        f" {_UNIT.format(row='null, ', rows=_EARLIER)}"
        " and item_id in (select item_id from clean)"
    )
    _refuse_load(con)
    return f"""
        with wide as (
          select item_id, median(price) as usual from prices group by item_id
          having count(*) > {OTHERS} and max(price) > 50 * min(price)
        ), steady as (
          select item_id, usual from prices join wide using (item_id)
          where price between usual / 30 and usual * 30 group by item_id, usual
          having quantile_cont(price, 0.9) <= {_STEADY} * quantile_cont(price, 0.1)
        ), off as (
          select row_no, round(log10(price / usual)) as scale
          from prices join steady using (item_id)
          where row_no is not null and {_is_off("price / usual")}
        )
        select row_no, 'amount', cast(amount as VARCHAR), 'about '
          || case when scale > 0 then '' else '1/' end || cast(pow(10, abs(scale)) as BIGINT)
          || case when scale > 0 then ' times' else ' of' end || ' the price of the same item',
          '{_REMEDY}'
        from off join clean using (row_no)"""


def _is_off(ratio: str) -> str:
    size = f"abs(log10({ratio}))"
    return f"(abs({size} - 2) < {_NEAR} or abs({size} - 3) < {_NEAR})"


def _refuse_load(con: DuckDBPyConnection) -> None:
    """Hold each line against its item's history, else its list price."""
    total, off, scale = con.execute(
        f"""
        with history as (
          select item_id, median(price) as usual from prices where row_no is null
          group by item_id having count(*) >= {OTHERS}
        ), compared as (
          select price / coalesce(usual, list_price) as ratio
          from prices left join history using (item_id) left join main.products using (item_id)
          where row_no is not null and coalesce(usual, list_price) > 0
        )
        select count(*), count(*) filter (where {_is_off("ratio")}),
          mode(round(log10(ratio))) filter (where {_is_off("ratio")})
        from compared"""
    ).fetchall()[0]
    if total < _FEWEST or 2 * off <= total:
        return
    times = f"{10 ** abs(int(scale)):,}"
    said = f"{times} times" if scale > 0 else f"1/{times} of"
    raise DataQualityError(
        f"Table transactions: {off} of {total} lines are priced at about {said} what their items"
        " usually cost. Nothing was changed.",
        "give amounts in cents (sources.yaml: unit: cents or unit: units), then ingest again.",
    )
