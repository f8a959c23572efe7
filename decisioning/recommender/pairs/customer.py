"""The customer: how active, how faithful to what was bought."""

from typing import Final

from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs


def customer_columns(pairs: Pairs) -> list[F32]:
    """Compute the features of `CUSTOMER`."""
    customers = pairs.state.customers
    return [customers.visits.take(pairs.customer), customers.repeat_share.take(pairs.customer)]


CUSTOMER: Final = FeatureGroup("customer", ("visits", "repeat_share"), customer_columns)
