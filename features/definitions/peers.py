"""Where a customer stands among the others who bought in the same year and allow ``analytics``."""

from features.definitions.sql import share
from features.registry import Family, Feature, Relation, declare

_NONE_365 = "bought nothing in 365 days, or nobody else did, or `analytics` is not allowed"

_PEERS = Relation(
    "peers",
    """select
    customer_id,
    as_of,
    rank() over (partition by as_of order by spend) - 1 as poorer,
    rank() over (partition by as_of order by visits) - 1 as rarer,
    rank() over (partition by as_of order by last_at) - 1 as older,
    count(*) over (partition by as_of) - 1 as others
from (
    select
        p.customer_id,
        c.as_of,
        sum(p.spend) as spend,
        count(*) as visits,
        max(p.purchased_at) as last_at
    from (
        select customer_id, purchased_at, sum(amount) as spend
        from purchases
        where amount > 0
        group by customer_id, purchased_at
    ) p
    join cutoffs c on p.purchased_at < c.as_of and p.purchased_at >= c.as_of - 31536000
    join countable k
        on p.customer_id = k.customer_id and k.since_at < c.as_of and k.until_at >= c.as_of
    group by p.customer_id, c.as_of
) s""",
    cross=True,
)

_peer = declare("peers", "transactions")


def _rank(name: str, beaten: str, doc: str) -> Feature:
    return _peer(
        name, share(f"max({beaten})", "max(others)"), "0..1",
        f"Share of the other customers of the last 365 days who {doc}.", null=_NONE_365,
    )  # fmt: skip


PEERS = Family(
    "peers",
    (_PEERS,),
    (
        _rank("spend_rank_365d", "poorer", "spent less"),
        _rank("orders_rank_365d", "rarer", "bought at fewer moments"),
        _rank("recency_rank_365d", "older", "bought last at an earlier moment"),
    ),
)
