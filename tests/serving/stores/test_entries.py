"""Decisions of one batch: each is written whole or refused by itself, in any kind of store."""

from serving.stores import Stores
from serving.stores.ports import (
    ContactRow,
    DecisionRecord,
    Entry,
    LedgerMark,
    LedgerMovedError,
    RequestRow,
    RequestTakenError,
)

AT = 1_790_000_000


def entry(name: str, customer: str = "", last: int = -1, request_id: str = "") -> Entry:
    """A decision; one that contacts a customer whose ledger stood at ``last``, if told so."""
    record = DecisionRecord(name, AT, "next_best_actions", customer or "v1", "email", {"a": name})
    contact = ContactRow(customer, "email", "offer", "offer", "shown", AT, name)
    return Entry(
        record,
        [contact] if customer else [],
        LedgerMark((customer,), last) if last >= 0 else None,
        RequestRow(request_id, record.kind, f"what {name} asked", name, AT) if request_id else None,
    )


def verdicts(store: Stores, *entries: Entry) -> list[type[Exception] | None]:
    return [told and type(told) for told in store.decisions.append_each(entries)]


def kept(store: Stores, *names: str) -> list[bool]:
    return [store.decisions.get(name) is not None for name in names]


def test_a_moved_ledger_refuses_one_decision_and_not_its_neighbours(store: Stores) -> None:
    store.decisions.append_each([entry("d0", "c1")])
    told = verdicts(store, entry("d1", "c1", 0), entry("d2", "c2", 0), entry("d3"))
    assert told == [LedgerMovedError, None, None]
    assert kept(store, "d1", "d2", "d3") == [False, True, True]
    assert [row.decision_id for row in store.ledger.recent(["c1", "c2"], 0)] == ["d0", "d2"]


def test_of_two_that_read_the_same_ledger_the_first_is_written(store: Stores) -> None:
    mark = store.ledger.mark(["c1"])
    told = verdicts(store, entry("d1", "c1", mark.last), entry("d2", "c1", mark.last))
    assert told == [None, LedgerMovedError]
    assert kept(store, "d1", "d2") == [True, False]
    again = store.ledger.mark(["c1"])
    assert verdicts(store, entry("d2", "c1", again.last)) == [None]


def test_a_decision_that_is_refused_moves_no_ledger(store: Stores) -> None:
    store.decisions.append_each([entry("d0", "c1")])
    both = Entry(
        entry("d1").record,
        [ContactRow("c2", "email", "offer", "offer", "shown", AT, "d1")],
        LedgerMark(("c1", "c2"), 0),
    )
    assert verdicts(store, both, entry("d2", "c2", 0)) == [LedgerMovedError, None]


def test_a_request_is_answered_once(store: Stores, other: Stores) -> None:
    told = verdicts(store, entry("d1", request_id="r1"), entry("d2", "c1", request_id="r1"))
    assert told == [None, RequestTakenError]
    assert verdicts(other, entry("d3", "c1", request_id="r1"), entry("d4")) == [
        RequestTakenError,
        None,
    ]
    assert kept(store, "d1", "d2", "d3", "d4") == [True, False, False, True]
    assert store.ledger.recent(["c1"], 0) == []
    row = RequestRow("r1", "next_best_actions", "what d1 asked", "d1", AT)
    assert (other.decisions.answered("r1"), other.decisions.answered("r2")) == (row, None)


def test_a_decision_decided_anew_may_answer_its_request(store: Stores) -> None:
    store.decisions.append_each([entry("d0", "c1")])
    assert verdicts(store, entry("d1", "c1", 0, "r1")) == [LedgerMovedError]
    assert store.decisions.answered("r1") is None
    last = store.ledger.mark(["c1"]).last
    assert verdicts(store, entry("d2", "c1", last, "r1")) == [None]


def test_a_record_is_read_as_it_was_written(store: Stores, other: Stores) -> None:
    body = {"score": 0.1 + 0.2, "small": 5e-324, "name": "Käse ☃", "none": None, "deep": [[1, []]]}
    record = DecisionRecord("d1", AT, "recommendations", "c1", "web", body)
    store.decisions.append_each([Entry(record)])
    assert other.decisions.get("d1") == record


def test_nothing_is_written_of_nothing(store: Stores) -> None:
    assert store.decisions.append_each([]) == []
