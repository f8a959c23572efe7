"""Contacts, resolution and visits, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.links import lay_links
from tests.training.experience.support import AS_OF, DAY, HOUR, START, granted, opened, table
from training.experience.funnel import FunnelRow, visit_funnel
from training.experience.journeys import Step, contact_steps
from training.experience.resolution import kaplan_meier
from training.experience.survey import lay_measured

SEED = 7
Rows = list[tuple[object, ...]]


def steps(contacts: Rows, orders: Rows, customers: set[str]) -> dict[tuple[str, str, str], Step]:
    names = "contact_id customer_id opened_at closed_at resolved channel topic"
    bought = "order_id customer_id purchased_at amount line_no item_id quantity discount channel"
    con = opened(
        {
            "service_contacts": table(names, contacts).astype({"closed_at": "Int64"}),
            "transactions": table(bought, [(*o, 1, "i", 1, 0, "shop") for o in orders]).assign(
                line_type="sale"
            ),
            "consents": granted(customers),
        }
    )
    lay_measured(con, AS_OF)
    found = contact_steps(con, AS_OF, SEED)
    return {(s.measure, s.by, s.value): s for s in found if s.period == "all"}


def many(n: int = 40) -> tuple[Rows, Rows, set[str]]:
    """Of 40 customers with two orders each: a quarter asked once, a quarter twice in a week."""
    contacts: Rows = []
    for k in range(n):
        at = START + 10 * DAY + k * HOUR
        if k % 4 < 2:
            contacts.append((f"{k}a", f"c{k}", at, at + 2 * HOUR, True, "phone", "stock"))
        if k % 4 == 0:
            again = at + 3 * DAY
            contacts.append((f"{k}b", f"c{k}", again, again + 4 * HOUR, True, "phone", "stock"))
    orders: Rows = [(f"o{k}-{j}", f"c{k}", START + j * DAY, 500) for k in range(n) for j in (1, 2)]
    return contacts, orders, {f"c{k}" for k in range(n)}


def test_contacts_per_100_orders() -> None:
    contacts, orders, customers = many()
    found = steps(contacts, orders, customers)[("contacts_per_100_orders", "overall", "all")]
    assert found.estimate == pytest.approx(100 * 30 / 80)
    assert found.n == 80
    assert found.low < found.estimate < found.high


def test_free_lines_and_refusers_are_no_orders() -> None:
    contacts, orders, customers = many()
    more: Rows = [*orders, ("free", "c0", START + DAY, 0), ("other", "refuser", START + DAY, 900)]
    late: Rows = [*more, ("late", "c0", AS_OF, 900)]
    found = steps([*contacts, ("x", "refuser", START, None, None, None, None)], late, customers)
    assert found[("contacts_per_100_orders", "overall", "all")].n == 80


def test_repeats_and_first_contact_resolution() -> None:
    contacts, orders, customers = many(160)
    found = steps(contacts, orders, customers)
    repeated = found[("repeated_within_7_days", "overall", "all")]
    assert (repeated.n, repeated.estimate) == (120, pytest.approx(40 / 120))
    first = found[("resolved_at_first_contact", "topic", "stock")]
    # 80 first contacts, of which 40 came back; the 40 repeats are nobody's first contact.
    assert (first.n, first.estimate) == (80, pytest.approx(0.5))
    assert first.low < 0.5 < first.high


def test_a_fresh_contact_is_not_judged_yet() -> None:
    contacts, orders, customers = many(160)
    fresh: Rows = [("z", "c3", AS_OF - DAY, AS_OF - HOUR, True, "phone", "stock")]
    found = steps([*contacts, *fresh], orders, customers)
    assert found[("repeated_within_7_days", "overall", "all")].n == 120
    assert found[("hours_to_resolution_median", "overall", "all")].n == 121


def test_time_to_resolution_counts_what_is_still_open() -> None:
    contacts, orders, customers = many(40)  # ten of 2 hours twice over, ten of 4 hours
    found = steps(contacts, orders, customers)
    assert found[("hours_to_resolution_median", "overall", "all")].estimate == 2
    assert found[("hours_to_resolution_p90", "overall", "all")].estimate == 4
    open_: Rows = [(f"n{k}", f"c{k}", START + DAY, None, None, "chat", None) for k in range(40)]
    later: Rows = [(f"m{k}", f"c{k}", START + DAY, AS_OF + 5, True, "chat", None) for k in range(5)]
    never: Rows = [(f"u{k}", f"c{k}", START, START + HOUR, False, "chat", None) for k in range(5)]
    slow = steps([*contacts, *open_, *later, *never], orders, customers)
    assert slow[("hours_to_resolution_median", "overall", "all")].estimate == np.inf
    assert slow[("hours_to_resolution_median", "channel", "chat")].n == 50
    assert slow[("hours_to_resolution_median", "channel", "phone")].estimate == 2


def test_kaplan_meier_known_answer() -> None:
    # Freireich et al. 1963, remission in weeks under 6-MP, as in Kalbfleisch & Prentice 2002.
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    durations = np.array(ended + censored, dtype=float)
    flags = np.array([True] * 9 + [False] * 12)
    curve = kaplan_meier(durations, flags)
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    known = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    np.testing.assert_allclose(curve.open, known, atol=5e-4)
    assert curve.low[0] == pytest.approx(0.620, abs=1e-3)
    assert curve.high[0] == pytest.approx(0.952, abs=1e-3)
    median, low, high = curve.quantile(0.5)
    assert (median, low, high) == (23, 13, np.inf)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), max_size=50),
    st.floats(0.05, 0.95),
)
def test_the_curve_falls_and_its_interval_holds_it(
    contacts: list[tuple[float, bool]], share: float
) -> None:
    durations = np.array([d for d, _ in contacts])
    curve = kaplan_meier(durations, np.array([e for _, e in contacts], dtype=bool))
    assert (np.diff(curve.open) < 0).all()
    assert (curve.low <= curve.open + 1e-12).all()
    assert (curve.open <= curve.high + 1e-12).all()
    value, low, high = curve.quantile(share)
    assert np.isnan(value) if not contacts else low <= value <= high


def test_without_censoring_the_quantile_is_the_samples() -> None:
    durations = np.random.default_rng(0).permutation(np.arange(1.0, 102))
    curve = kaplan_meier(durations, np.ones(101, dtype=bool))
    assert curve.quantile(0.5)[0] == 51
    assert curve.quantile(0.9)[0] == 91


VISITS = {
    "look": ("page_view", "product_view"),
    "cart": ("product_view", "add_to_cart"),
    "pay": ("product_view", "add_to_cart", "checkout"),
    "page": ("page_view",),
}


def funnel_of(kinds: dict[str, list[str]], bought: dict[str, int]) -> tuple[FunnelRow, ...]:
    """Customers with one visit each, by name; ``bought`` is days from the visit to an order."""
    at = START + 30 * DAY
    events: Rows = []
    for customer, visits in kinds.items():
        for v, kind in enumerate(visits):
            for e, step in enumerate(VISITS[kind]):
                item = "i" if step in ("product_view", "add_to_cart") else None
                events.append((f"{customer}{v}{e}", f"k{customer}", f"s{customer}{v}", at + e, step,
                               item, "web"))  # fmt: skip
    links = [("cookie", f"k{c}", c, START) for c in kinds]
    orders = [
        (f"o{c}", 1, c, "i", at + days * DAY, 1, 500, 0, "shop") for c, days in bought.items()
    ]
    bought_columns = (
        "order_id line_no customer_id item_id purchased_at quantity amount discount channel"
    )
    con = opened(
        {
            "events": table(
                "event_id visitor_id session_id occurred_at event_type item_id channel", events
            ),
            "identifiers": table("identifier_type value customer_id observed_at", links),
            "transactions": table(bought_columns, orders).assign(line_type="sale"),
            "stock_levels": table(
                "item_id location_id quantity status as_of",
                [("i", "online", 0, "out_of_stock", at), ("i", "online", 3, "in_stock", at + 1)],
            ),
            "consents": granted(set(kinds) - {"refuser"}),
        }
    )
    lay_measured(con, AS_OF)
    lay_links(con, [AS_OF])
    found = visit_funnel(con, AS_OF, SEED)
    assert found.left_out_visits == len(kinds.get("refuser", []))
    return found.rows


def test_visits_end_where_they_end() -> None:
    kinds = {f"c{k}": ["look", "cart", "pay", "page"] for k in range(40)}
    kinds["refuser"] = ["pay"]
    bought = {f"c{k}": 6 if k < 10 else 8 for k in range(20)}  # within a week, and after it
    rows = {(r.by, r.period, r.step): r for r in funnel_of(kinds, bought)}
    whole = [rows[("overall", "all", s)] for s in ("viewed", "carted", "checked_out", "ordered")]
    assert [r.visits for r in whole] == [120, 80, 40, 10]
    assert [r.abandoned for r in whole] == [0, 40, 40, 30]
    assert whole[1].share == pytest.approx(80 / 120)
    assert whole[3].low < whole[3].share == 0.25 < whole[3].high
    assert np.isnan(whole[0].share)
    assert rows[("channel", "all", "carted")].visits == 80
    assert rows[("overall", "2024-01", "carted")].visits == 80


def test_a_stock_out_is_met_when_the_item_was_out_at_that_moment() -> None:
    kinds = {f"c{k}": ["cart"] if k < 30 else ["look"] for k in range(40)}
    rows = funnel_of(kinds, {})
    met = next(r for r in rows if (r.by, r.period, r.step) == ("overall", "all", "met_stock_out"))
    # A cart's view is in the second without stock; a look's view, a second later, is not.
    assert (met.visits, met.share) == (30, pytest.approx(0.75))


def test_no_events_are_no_visits() -> None:
    con = opened({"consents": granted(["c"])})
    lay_measured(con, AS_OF)
    lay_links(con, [AS_OF])
    found = visit_funnel(con, AS_OF, SEED)
    assert (found.visits, found.left_out_visits) == (0, 0)
    assert all(row.visits == 0 for row in found.rows)
    assert isinstance(pd.DataFrame(found.rows), pd.DataFrame)
