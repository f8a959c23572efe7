"""What every adapter of a store must do. An adapter's test class inherits one of these."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from serving.stores import Stores
from serving.stores.packed import pack_body
from serving.stores.ports import (
    ConsentRow,
    ContactRow,
    DecisionRecord,
    Entry,
    EventRow,
    KeyRow,
    LedgerMovedError,
    LinkRow,
    OutcomeRow,
    PackedRecord,
    PersonNames,
    PersonRow,
    RulesRow,
    StockRow,
)

PERSON = PersonNames(frozenset({"c1"}))


def consent(status: str, at: int, channel: str = "any", customer: str = "c1") -> ConsentRow:
    return ConsentRow(customer, "marketing", channel, status, at, None, "form")


def level(item: str, quantity: float, as_of: int, location: str = "l1") -> StockRow:
    return StockRow(item, location, quantity, "in_stock", as_of)


def decision(name: str, **body: object) -> DecisionRecord:
    return DecisionRecord(name, 100, "next_best_actions", "c1", "email", dict(body))


def head(name: str, at: int) -> tuple[str, int, str, str, str]:
    return name, at, "next_best_actions", "c1", "email"


def whole(name: str, at: int) -> DecisionRecord:
    """A record that says its id and its moment wherever the service does."""
    situation = {"seed": 3, "as_of": at, "channel": "email"}
    inputs = {"known": [True], "situation": situation, "fills": {"a1": {"n": 2}}}
    body = {"decision_id": name, "arm": "policy", "decided_at": at, "inputs": inputs}
    return DecisionRecord(*head(name, at), body)


def contact(name: str, at: int, customer: str = "c1") -> ContactRow:
    return ContactRow(customer, "email", "a1", "offer", "shown", at, name)


def outcome(name: str, decision_id: str = "d1", action_id: str | None = "a1") -> OutcomeRow:
    item_id = None if action_id else "i1"
    return OutcomeRow(name, decision_id, action_id, item_id, "clicked", 2.5, 150)


class ConsentContract:
    def latest(self, store: Stores) -> list[tuple[str, str, int]]:
        rows = store.consents.for_customers(["c1"])
        return sorted((row.channel, row.status, row.recorded_at) for row in rows)

    def test_nothing_is_known_at_first(self, store: Stores) -> None:
        assert store.consents.for_customers(["c1"]) == []
        assert store.consents.for_customers([]) == []

    def test_a_row_comes_back_whole(self, store: Stores) -> None:
        row = ConsentRow("c1", "analytics", "web", "granted", 5, 9, "form")
        assert store.consents.append([row]) == 1
        assert store.consents.for_customers(["c1"]) == [row._replace(sequence=1)]

    def test_the_latest_statement_counts_whatever_the_order_of_arrival(self, store: Stores) -> None:
        store.consents.append([consent("withdrawn", 9), consent("granted", 5)])
        assert self.latest(store) == [("any", "withdrawn", 9)]
        store.consents.append([consent("granted", 10)])
        assert self.latest(store) == [("any", "granted", 10)]

    @pytest.mark.parametrize("refusal", ["denied", "withdrawn"])
    def test_a_refusal_wins_a_tie(self, store: Stores, refusal: str) -> None:
        store.consents.append([consent("granted", 5), consent(refusal, 5), consent("granted", 5)])
        assert self.latest(store) == [("any", refusal, 5)]

    def test_channels_purposes_and_customers_are_apart(self, store: Stores) -> None:
        store.consents.append(
            [consent("granted", 5), consent("denied", 6, "sms"), consent("denied", 7, "any", "c2")]
        )
        assert self.latest(store) == [("any", "granted", 5), ("sms", "denied", 6)]
        assert len(store.consents.for_customers(["c1", "c2"])) == 3

    def test_many_customers_in_one_question(self, store: Stores) -> None:
        names = [f"c{number}" for number in range(1200)]
        store.consents.append([consent("granted", 5, "any", name) for name in names])
        assert {row.customer_id for row in store.consents.for_customers(names)} == set(names)

    def test_another_process_sees_a_withdrawal_at_once(self, store: Stores, other: Stores) -> None:
        store.consents.append([consent("granted", 5)])
        assert self.latest(other) == [("any", "granted", 5)]
        store.consents.append([consent("withdrawn", 6)])
        assert self.latest(other) == [("any", "withdrawn", 6)]

    def test_appending_nothing_is_allowed(self, store: Stores) -> None:
        assert store.consents.append([]) == 0


class StockContract:
    def test_nothing_is_known_at_first(self, store: Stores) -> None:
        assert store.stock.changes_since(0) == ([], 0)
        assert store.stock.put([]) == (0, 0)

    def test_only_changes_are_pulled(self, store: Stores) -> None:
        assert store.stock.put([level("i1", 3, 10), level("i2", 4, 10)]) == (2, 0)
        rows, seen = store.stock.changes_since(0)
        assert [row[:5] for row in rows] == [level("i1", 3, 10)[:5], level("i2", 4, 10)[:5]]
        store.stock.put([level("i2", 0, 11)])
        rows, after = store.stock.changes_since(seen)
        assert [(row.item_id, row.quantity) for row in rows] == [("i2", 0)]
        assert store.stock.changes_since(after) == ([], after)

    def test_an_older_figure_is_not_applied(self, store: Stores) -> None:
        store.stock.put([level("i1", 3, 10)])
        _, seen = store.stock.changes_since(0)
        assert store.stock.put([level("i1", 9, 9), level("i1", 5, 9, "l2")]) == (1, 1)
        rows, _ = store.stock.changes_since(seen)
        assert [(row.location_id, row.quantity) for row in rows] == [("l2", 5)]

    def test_an_equally_old_figure_is_a_correction(self, store: Stores) -> None:
        store.stock.put([level("i1", 3, 10)])
        assert store.stock.put([level("i1", 2, 10)]) == (1, 0)
        assert store.stock.changes_since(0)[0][0].quantity == 2

    def test_within_one_write_the_newest_counts(self, store: Stores) -> None:
        assert store.stock.put([level("i1", 3, 10), level("i1", 1, 9), level("i1", 7, 11)]) == (
            2,
            1,
        )
        assert [row.quantity for row in store.stock.changes_since(0)[0]] == [7]

    def test_two_processes_write_in_one_order(self, store: Stores, other: Stores) -> None:
        for number in range(4):
            (store if number % 2 else other).stock.put([level(f"i{number}", 1, 10)])
        rows, _ = store.stock.changes_since(0)
        assert [row.item_id for row in rows] == ["i0", "i1", "i2", "i3"]
        assert len({row.sequence for row in rows}) == 4

    def test_a_write_of_old_figures_alone_hides_nothing(self, store: Stores, other: Stores) -> None:
        store.stock.put([level("i1", 3, 10)])
        _, seen = other.stock.changes_since(0)
        store.stock.put([level("i1", 9, 9)])
        rows, seen = other.stock.changes_since(seen)
        assert rows == []
        store.stock.put([level("i2", 1, 1)])
        assert [row.item_id for row in other.stock.changes_since(seen)[0]] == ["i2"]

    def test_a_follower_misses_nothing_while_writers_race(
        self, opening: Callable[[], Stores]
    ) -> None:
        """Two writers and a follower, each with connections of its own."""

        def write(name: str) -> None:
            opened = opening()
            for number in range(25):
                opened.stock.put([level(f"{name}{number}", 1, 1)])
            opened.close()

        followed: list[StockRow] = []
        follower, seen = opening(), 0
        with ThreadPoolExecutor(2) as pool:
            writers = [pool.submit(write, name) for name in "ab"]
            while not all(writer.done() for writer in writers):
                rows, seen = follower.stock.changes_since(seen)
                followed += rows
            for writer in writers:
                writer.result()
        followed += follower.stock.changes_since(seen)[0]
        follower.close()
        assert len(followed) == len({row.item_id for row in followed}) == 50
        assert [row.sequence for row in followed] == sorted(row.sequence for row in followed)


class DecisionContract:
    def test_a_record_comes_back_bit_for_bit(self, store: Stores) -> None:
        record = decision("d1", p=0.1 + 0.2, names=["é", "中"], deep={"a": [None, True, 1e-300]})
        store.decisions.append([record])
        assert store.decisions.get("d1") == record
        assert store.decisions.get("nope") is None

    def test_a_packed_body_is_written_for_any_decision_and_read_as_its_own(
        self, store: Stores, other: Stores
    ) -> None:
        """The bytes of one decision, written for a second at another time, name the second."""
        first = whole("d1", 100)
        kept = pack_body(first.body)
        store.decisions.append([first])
        store.decisions.append_each([Entry(PackedRecord(*head("d2", 200), kept))])
        store.decisions.append([PackedRecord(*head("d3", 300), kept)])
        assert other.decisions.get("d1") == first
        assert other.decisions.get("d2") == whole("d2", 200)
        assert list(other.decisions.of_kind("next_best_actions", 300, 301)) == [whole("d3", 300)]
        bodies = [row["body"] for row in store.personal.rows(PERSON)["decisions"]]
        assert bodies == [whole(f"d{k}", k * 100).body for k in (1, 2, 3)]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"inputs": None},
            {"inputs": {"situation": "gone"}},
            {"inputs": {"situation": {"seed": 1}}},
            {"inputs": {"n": 10}, "decided_on": {"decision_id": "other", "as_of": 7}},
        ],
    )
    def test_a_body_that_names_no_moment_is_given_none(
        self, store: Stores, body: dict[str, Any]
    ) -> None:
        store.decisions.append([decision("d1", **body)])
        assert store.decisions.get("d1") == decision("d1", **body)

    def test_contacts_are_written_with_the_decision(self, store: Stores) -> None:
        store.decisions.append([decision("d1")], [contact("d1", 100)])
        assert store.ledger.recent(["c1"], 0) == [contact("d1", 100)]

    def test_both_or_neither(self, store: Stores) -> None:
        store.decisions.append([decision("d1")])
        with pytest.raises(ValueError, match="decision_id"):
            store.decisions.append([decision("d2"), decision("d1")], [contact("d2", 100)])
        with pytest.raises(ValueError, match="decision_id"):
            store.decisions.append([decision("d2")], [contact("unknown", 100)])
        assert store.decisions.exists(["d1", "d2"]) == {"d1"}
        assert store.ledger.recent(["c1"], 0) == []

    def test_many_ids_in_one_question(self, store: Stores) -> None:
        names = [f"d{number}" for number in range(1200)]
        store.decisions.append([decision(name) for name in names])
        assert store.decisions.exists([*names, "nope"]) == set(names)
        assert store.decisions.exists([]) == set()


class ReservationContract:
    """Two decisions that read one ledger never both take the last room under a cap."""

    def test_a_log_is_read_by_kind_and_time_oldest_first(self, store: Stores) -> None:
        at = {"d3": 5, "d1": 7, "d2": 7, "d4": 9, "d0": 4}
        store.decisions.append([replace(decision(d, n=t), decided_at=t) for d, t in at.items()])
        store.decisions.append([replace(decision("r1"), kind="recommendations", decided_at=6)])
        found = list(store.decisions.of_kind("next_best_actions", 5, 9))
        assert [(one.decision_id, one.body) for one in found] == [
            ("d3", {"n": 5}),
            ("d1", {"n": 7}),
            ("d2", {"n": 7}),
        ]
        assert list(store.decisions.of_kind("next_best_actions", 10, 20)) == []

    def test_a_mark_grows_with_every_row_of_the_person(self, store: Stores) -> None:
        assert store.ledger.mark(["c2", "c1"]) == (("c1", "c2"), 0)
        store.decisions.append([decision("d1")], [contact("d1", 30)])
        first = store.ledger.mark(["c1", "c2"])
        assert store.ledger.mark(["c1"]).last == first.last > 0
        assert store.ledger.mark(["c2"]).last == 0
        # An older row is a row too, and so is what came of a contact.
        store.decisions.append([decision("d2")], [contact("d2", 10, "c2")])
        second = store.ledger.mark(["c1", "c2"])
        store.ledger.record_outcomes([outcome("o1")])
        assert first.last < second.last < store.ledger.mark(["c1", "c2"]).last

    def test_a_decision_on_a_ledger_that_stands_is_written(self, store: Stores) -> None:
        mark = store.ledger.mark(["c1", "c2"])
        store.decisions.append([decision("d1")], [contact("d1", 30)], [mark])
        assert store.ledger.recent(["c1"], 0) == [contact("d1", 30)]

    @pytest.mark.parametrize("whose", ["c1", "c2"])
    def test_a_decision_on_a_ledger_that_moved_writes_nothing(
        self, store: Stores, other: Stores, whose: str
    ) -> None:
        mark = store.ledger.mark(["c1", "c2"])
        other.decisions.append([decision("d1")], [contact("d1", 30, whose)])
        with pytest.raises(LedgerMovedError):
            store.decisions.append([decision("d2")], [contact("d2", 31)], [mark])
        assert store.decisions.exists(["d1", "d2"]) == {"d1"}
        assert len(store.ledger.recent(["c1", "c2"], 0)) == 1
        again = store.ledger.mark(["c1", "c2"])
        store.decisions.append([decision("d2")], [contact("d2", 31)], [again])

    def test_an_answer_moves_the_ledger(self, store: Stores) -> None:
        store.decisions.append([decision("d1")], [contact("d1", 30)])
        mark = store.ledger.mark(["c1"])
        store.ledger.record_outcomes([outcome("o1")])
        with pytest.raises(LedgerMovedError):
            store.decisions.append([decision("d2")], [contact("d2", 31)], [mark])

    def test_other_customers_do_not_disturb(self, store: Stores, other: Stores) -> None:
        mark = store.ledger.mark(["c1"])
        other.decisions.append([decision("d1")], [contact("d1", 30, "c2")])
        store.decisions.append([decision("d2")], [contact("d2", 31)], [mark])

    def test_one_ledger_of_many_that_moved_stops_all(self, store: Stores) -> None:
        marks = [store.ledger.mark([f"c{k}"]) for k in range(3)]
        store.decisions.append([decision("d1")], [contact("d1", 30, "c2")])
        rows = [contact("d2", 31, f"c{k}") for k in range(3)]
        with pytest.raises(LedgerMovedError):
            store.decisions.append([decision("d2")], rows, marks)
        assert store.decisions.exists(["d2"]) == set()

    def test_racing_writers_take_one_place_each(self, store: Stores, other: Stores) -> None:
        """Twelve threads over two openings want five places: five get one, whatever the order."""
        places = 5

        def ask(number: int) -> int:
            opened, tries = (store, other)[number % 2], 0
            while True:
                mark = opened.ledger.mark(["c1"])
                if len(opened.ledger.recent(["c1"], 0)) >= places:
                    return tries
                name = f"d{number}-{tries}"
                try:
                    opened.decisions.append([decision(name)], [contact(name, 1)], [mark])
                except LedgerMovedError:
                    tries += 1
                    continue
                return tries

        with ThreadPoolExecutor(12) as pool:
            refused = list(pool.map(ask, range(24)))
        assert len(store.ledger.recent(["c1"], 0)) == places
        # Whoever was told to read again lost to a place that somebody else took meanwhile.
        assert max(refused) <= places


class RuleContract:
    def test_rules_are_kept_once(self, store: Stores, other: Stores) -> None:
        first = RulesRow("p1", "actions: é", "seed: 1", '[{"name": "x"}]', '["churn"]', 5)
        assert store.rules.get("p1") is None
        assert store.rules.keep(first)
        assert not other.rules.keep(first._replace(kept_at=9))
        assert store.rules.keep(first._replace(policy_version="p2"))
        assert other.rules.get("p1") == first


class LedgerContract:
    def test_recent_is_by_customer_and_time_oldest_first(self, store: Stores) -> None:
        rows = [contact("d1", 30), contact("d1", 10), contact("d1", 20), contact("d1", 40, "c2")]
        store.decisions.append([decision("d1")], rows)
        assert [row.at for row in store.ledger.recent(["c1"], 20)] == [20, 30]
        assert [row.at for row in store.ledger.recent(["c1", "c2"], 0)] == [10, 20, 30, 40]

    def test_an_outcome_counts_once(self, store: Stores) -> None:
        store.decisions.append([decision("d1")])
        rows = [outcome("o1"), outcome("o2"), outcome("o1")]
        assert store.ledger.record_outcomes(rows) == (2, 1)
        assert store.ledger.record_outcomes(rows) == (0, 3)
        assert store.ledger.record_outcomes([]) == (0, 0)
        assert store.ledger.outcomes("d1") == rows[:2]

    def test_an_outcome_enters_the_ledger_with_its_decision(self, store: Stores) -> None:
        store.decisions.append([decision("d1")], [contact("d1", 100)])
        store.ledger.record_outcomes([outcome("o1"), outcome("o2", action_id=None)])
        assert store.ledger.recent(["c1"], 150) == [
            ContactRow("c1", "email", "a1", "offer", "clicked", 150, "d1"),
            ContactRow("c1", "email", "i1", "next_best_actions", "clicked", 150, "d1"),
        ]

    def test_what_was_not_delivered_gives_its_contact_back(
        self, store: Stores, other: Stores
    ) -> None:
        store.decisions.append(
            [decision("d1"), decision("d2")], [contact("d1", 30), contact("d2", 40)]
        )
        bounced = outcome("o1")._replace(outcome="not_delivered")
        assert store.ledger.record_outcomes([bounced, outcome("o2", "d2")]) == (2, 0)
        rows = other.ledger.recent(["c1"], 0)
        assert [(row.decision_id, row.outcome) for row in rows] == [
            ("d2", "shown"),
            ("d2", "clicked"),
        ]
        assert other.ledger.recent(["c1", "c2"], 0) == rows
        assert store.ledger.outcomes("d1") == [bounced]
        assert store.ledger.record_outcomes([bounced]) == (0, 1)

    def test_what_is_sent_again_counts_again_and_keeps_its_kind(self, store: Stores) -> None:
        store.decisions.append([decision("d1")], [contact("d1", 30)])
        bounced = outcome("o1")._replace(outcome="not_delivered")
        sent = outcome("o2")._replace(outcome="shown", occurred_at=200)
        store.ledger.record_outcomes([bounced])
        store.ledger.record_outcomes([sent])
        assert store.ledger.recent(["c1"], 0) == [contact("d1", 200)]

    def test_racing_reports_of_the_same_outcomes_count_once(
        self, store: Stores, other: Stores
    ) -> None:
        """Each reporter tells all of them, in an order of its own."""
        store.decisions.append([decision("d1")])
        rows = [outcome(f"o{k}") for k in range(12)]

        def tell(k: int) -> int:
            turned = rows[k:] + rows[:k]
            return (store, other)[k % 2].ledger.record_outcomes(turned).accepted

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(tell, range(8))) == 12
        assert len(store.ledger.outcomes("d1")) == len(store.ledger.recent(["c1"], 0)) == 12

    def test_an_outcome_of_no_decision_writes_nothing(self, store: Stores) -> None:
        store.decisions.append([decision("d1")])
        with pytest.raises(ValueError, match="nope"):
            store.ledger.record_outcomes([outcome("o1"), outcome("o2", "nope")])
        assert store.ledger.outcomes("d1") == []


class EventContract:
    def event(self, name: str, at: int, **more: str) -> EventRow:
        customer = None if "visitor_id" in more else "c1"
        facts = {"customer_id": customer, "visitor_id": None, "event_type": "purchase"}
        return EventRow(**{**facts, "event_id": name, "occurred_at": at, **more})  # type: ignore[arg-type]

    def names(self, rows: list[EventRow]) -> list[str]:
        return [row.event_id for row in rows]

    def test_nothing_is_known_at_first(self, store: Stores) -> None:
        assert store.events.record([]) == (0, 0)
        assert store.events.of_customers(["c1"], 0) == []
        assert store.events.of_customers([], 0) == []
        assert store.events.of_visitors(["v1"], 0) == []

    def test_a_row_comes_back_whole(self, store: Stores) -> None:
        more = {"item_id": "i1", "order_id": "o1", "session_id": "s1", "channel": "web"}
        row = self.event("e1", 5, **more)
        assert store.events.record([row]) == (1, 0)
        assert store.events.of_customers(["c1"], 0) == [row]

    def test_the_same_id_counts_once(self, store: Stores, other: Stores) -> None:
        assert store.events.record([self.event("e1", 5), self.event("e1", 6)]) == (1, 1)
        assert other.events.record([self.event("e1", 7), self.event("e2", 8)]) == (1, 1)
        rows = store.events.of_customers(["c1"], 0)
        assert [(row.event_id, row.occurred_at) for row in rows] == [("e1", 5), ("e2", 8)]

    def test_they_come_oldest_first_and_within_a_second_as_they_came(self, store: Stores) -> None:
        store.events.record([self.event("z", 5), self.event("a", 5), self.event("m", 4)])
        assert self.names(store.events.of_customers(["c1"], 0)) == ["m", "z", "a"]
        assert self.names(store.events.of_customers(["c1"], 5)) == ["z", "a"]

    def test_a_linked_visitor_is_the_customer(self, store: Stores) -> None:
        store.events.record([self.event("e1", 5, visitor_id="v1"), self.event("e2", 4)])
        assert self.names(store.events.of_customers(["c1"], 0)) == ["e2"]
        store.links.put([LinkRow("v1", "c1", 1), LinkRow("v2", "c2", 1)])
        rows = store.events.of_customers(["c1"], 0)
        assert [(r.event_id, r.customer_id, r.visitor_id) for r in rows] == [
            ("e2", "c1", None),
            ("e1", "c1", "v1"),
        ]
        assert self.names(store.events.of_customers(["c2"], 0)) == []
        assert self.names(store.events.of_visitors(["v1"], 0)) == ["e1"]

    def test_many_in_one_question(self, store: Stores) -> None:
        count = range(1200)
        store.events.record(
            [self.event(f"e{k}", k, visitor_id=f"v{k}") for k in count]
            + [self.event(f"p{k}", k, customer_id=f"c{k}") for k in count]
        )
        store.links.put([LinkRow("v7", "c9", 1)])
        visitors = store.events.of_visitors([f"v{k}" for k in count], 1)
        assert self.names(visitors) == [f"e{k}" for k in count][1:]
        customers = store.events.of_customers([f"c{k}" for k in count], 0)
        assert len(customers) == 1201
        assert [r.event_id for r in customers if r.customer_id == "c9"] == ["e7", "p9"]

    def test_racing_reports_of_the_same_events_count_once(
        self, store: Stores, other: Stores
    ) -> None:
        rows = [self.event(f"e{k}", 5) for k in range(12)]

        def tell(k: int) -> int:
            return (store, other)[k % 2].events.record(rows[k:] + rows[:k]).accepted

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(tell, range(8))) == 12
        assert len(store.events.of_customers(["c1"], 0)) == 12

    def test_the_old_can_be_deleted(self, store: Stores, other: Stores) -> None:
        store.events.record([self.event("e1", 5), self.event("e2", 6)])
        assert store.events.discard(6) == 1
        assert self.names(other.events.of_customers(["c1"], 0)) == ["e2"]
        assert store.events.record([self.event("e1", 5)]) == (1, 0), "forgotten is forgotten"


class KeyContract:
    def test_a_key_is_found_until_revoked(self, store: Stores, other: Stores) -> None:
        key = KeyRow("h1", "till", frozenset({"decide", "crm"}), 5)
        store.keys.add(key)
        assert other.keys.find("h1") == key
        assert other.keys.revoke("h1")
        assert store.keys.find("h1") is None
        assert not store.keys.revoke("h1")

    def test_a_key_added_again_is_replaced(self, store: Stores) -> None:
        store.keys.add(KeyRow("h2", "new", frozenset({"crm"}), 6))
        store.keys.add(KeyRow("h1", "old", frozenset({"crm"}), 5))
        store.keys.add(KeyRow("h1", "old", frozenset({"admin"}), 5))
        assert [(key.key_hash, set(key.scopes)) for key in store.keys.all()] == [
            ("h1", {"admin"}),
            ("h2", {"crm"}),
        ]


class LinkContract:
    def test_the_newest_observation_wins(self, store: Stores) -> None:
        store.links.put([LinkRow("v1", "c1", 10), LinkRow("v2", "c1", 10)])
        store.links.put([LinkRow("v1", "c2", 11), LinkRow("v2", "c2", 9)])
        store.links.put([])
        assert store.links.customers_of(["v1", "v2", "v3"]) == {"v1": "c2", "v2": "c1"}
        assert store.links.customers_of(["v1"]) == {"v1": "c2"}
        assert store.links.customers_of([]) == {}

    def test_a_replacement_leaves_nothing_of_before(self, store: Stores) -> None:
        store.links.put([LinkRow("v1", "c1", 10), LinkRow("v2", "c1", 10), LinkRow("v3", "c3", 1)])
        new = [LinkRow("v1", "c1", 10), LinkRow("v2", "c2", 5), LinkRow("v4", "c4", 1)]
        assert store.links.replace(new) == 3
        found = store.links.customers_of(["v1", "v2", "v3", "v4"])
        assert found == {"v1": "c1", "v2": "c2", "v4": "c4"}
        assert store.links.replace(new) == 0
        assert store.links.replace([]) == 3
        assert store.links.customers_of(["v1"]) == {}


class PersonContract:
    def test_a_person_is_found_from_any_of_its_ids(self, store: Stores) -> None:
        family = [PersonRow("c2", "c1", "c1"), PersonRow("c3", "c1", "c3")]
        other = [PersonRow("d2", "d1", "d1")]
        assert store.persons.around(["c1"]) == []
        assert store.persons.replace([*family, *other]) == 3
        for asked in ("c1", "c2", "c3"):
            assert sorted(store.persons.around([asked])) == family
        assert sorted(store.persons.around(["c2", "d1", "nobody"])) == [*family, *other]
        assert store.persons.around(["nobody"]) == []
        assert store.persons.around([]) == []

    def test_a_replacement_leaves_nothing_of_before(self, store: Stores) -> None:
        store.persons.replace([PersonRow("c2", "c1", "c1")])
        assert store.persons.replace([PersonRow("c2", "c9", "c9")]) == 1
        assert store.persons.around(["c1"]) == []
        assert store.persons.around(["c9"]) == [PersonRow("c2", "c9", "c9")]
