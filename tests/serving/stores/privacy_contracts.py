"""What every adapter must do for the rights of persons."""

from serving.stores import Stores
from serving.stores.ports import (
    AuditRow,
    ConsentRow,
    ContactRow,
    DecisionRecord,
    ErasureRow,
    EventRow,
    LinkRow,
    OutcomeRow,
    PersonNames,
    PersonRow,
    StatisticsRow,
)
from serving.visitors import consent_key

DAY = 86_400
NAMES = PersonNames(frozenset({"c1", "c1-old"}), frozenset({"v1"}))
NOBODY = PersonNames(frozenset({"nobody"}))


def act(at: int, subject: str = "h1") -> AuditRow:
    return AuditRow(at, "desk (1)", "customer.view", subject, "{}")


def live(store: Stores) -> None:
    """Leave rows of one person and of another in every table of persons."""
    body = {"arm": "policy", "actions": [{"action_id": "a1"}, {"action_id": "a2"}]}
    for k, subject in enumerate(("c1", "v1", "c2")):
        record = DecisionRecord(f"d{k}", 3 * DAY + k, "next_best_actions", subject, "email", body)
        contact = ContactRow(subject, "email", "a1", "offer", "shown", 3 * DAY, f"d{k}")
        store.decisions.append([record], [contact])
        outcome = OutcomeRow(f"o{k}", f"d{k}", "a1", None, "accepted", None, 4 * DAY)
        store.ledger.record_outcomes([outcome])
    statements = ("c1", "c1-old", "c2", consent_key("v1"))
    store.consents.append(
        [ConsentRow(one, "analytics", "any", "granted", 5, None, "form") for one in statements]
    )
    store.events.record(
        [
            EventRow("c1", None, "e1", "product_view", 6, "i1"),
            EventRow(None, "v1", "e2", "product_view", 7, "i1"),
            EventRow("c2", None, "e3", "product_view", 8, "i1"),
        ]
    )
    store.links.put([LinkRow("v1", "c1", 5), LinkRow("v2", "c2", 5)])
    store.persons.replace([PersonRow("c1-old", "c1", "c1"), PersonRow("c2-old", "c2", "c2")])


class AuditContract:
    def test_lines_come_back_newest_first_page_by_page(self, store: Stores, other: Stores) -> None:
        store.audit.add([act(1), act(2), act(3)])
        first = other.audit.page(None, 2)
        assert [row.at for row in first] == [3, 2]
        assert [row.at for row in other.audit.page(first[-1].audit_no, 2)] == [1]
        assert first[0]._replace(audit_no=0) == act(3)

    def test_one_person_is_found(self, store: Stores) -> None:
        store.audit.add([act(1), act(2, "h2"), act(3)])
        assert [row.at for row in store.audit.page(None, 9, "h1")] == [3, 1]

    def test_only_its_period_ends_a_line(self, store: Stores) -> None:
        store.audit.add([act(1), act(2)])
        assert store.audit.discard(2) == 1
        assert [row.at for row in store.audit.page(None, 9)] == [2]

    def test_adding_nothing_is_allowed(self, store: Stores) -> None:
        store.audit.add([])
        assert store.audit.page(None, 9) == []


class ErasureContract:
    def test_every_name_is_known_at_once_in_every_process(
        self, store: Stores, other: Stores
    ) -> None:
        store.erasures.begin(ErasureRow("e1", "h1", 5, None, "{}"), ["h2"])
        assert other.erasures.known(["h1"]) == {"h1"}
        assert other.erasures.known(["h2", "h3", "h1"]) == {"h1", "h2"}
        assert other.erasures.subjects() == {"h1", "h2"}

    def test_the_receipt_is_found_by_any_name(self, store: Stores) -> None:
        store.erasures.begin(ErasureRow("e1", "h1", 5, None, "{}"), ["h2"])
        assert [row.erasure_id for row in store.erasures.pending()] == ["e1"]
        store.erasures.finish("e1", 9, '{"a":1}')
        done = ErasureRow("e1", "h1", 5, 9, '{"a":1}')
        assert store.erasures.of_subject("h1") == store.erasures.of_subject("h2") == done
        assert store.erasures.of_subject("h3") is None
        assert store.erasures.pending() == []

    def test_beginning_again_replaces_what_was_written(self, store: Stores) -> None:
        row = ErasureRow("e1", "h1", 5, None, "{}")
        store.erasures.begin(row, ["h2", "h3"])
        store.erasures.begin(row, ["h2"])
        assert store.erasures.subjects() == {"h1", "h2"}


class PersonalDataContract:
    def test_every_table_of_persons_is_named_and_only_theirs_shown(self, store: Stores) -> None:
        live(store)
        held = store.personal.rows(NAMES)
        assert {name: len(rows) for name, rows in held.items()} == {
            "consents": 3, "events": 2, "profile_links": 1, "profile_persons": 1,
            "request_ids": 0, "contacts": 4, "outcomes": 2, "decisions": 2,
        }  # fmt: skip
        assert held["decisions"][0]["body"]["arm"] == "policy"  # type: ignore[index]
        assert not any(store.personal.rows(NOBODY).values())

    def test_a_person_goes_and_nobody_else(self, store: Stores, other: Stores) -> None:
        live(store)
        before = store.personal.rows(PersonNames(frozenset({"c2"}), frozenset({"v2"})))
        theirs = {name: len(rows) for name, rows in store.personal.rows(NAMES).items()}
        assert store.personal.remove(NAMES) == theirs
        assert not any(other.personal.rows(NAMES).values())
        assert store.personal.rows(PersonNames(frozenset({"c2"}), frozenset({"v2"}))) == before
        assert not any(store.personal.remove(NAMES).values())

    def test_of_decisions_counts_stay(self, store: Stores) -> None:
        live(store)
        store.personal.remove(NAMES)
        common = ("next_best_actions", "email", "policy")
        assert store.personal.statistics() == [
            StatisticsRow(3, *common, "a1", "decided", 2),
            StatisticsRow(3, *common, "a2", "decided", 2),
            StatisticsRow(4, *common, "a1", "accepted", 2),
        ]
        store.personal.remove(PersonNames(frozenset({"c2"})))
        assert [row.count for row in store.personal.statistics()] == [3, 3, 3]

    def test_a_period_ends_rows_and_leaves_counts(self, store: Stores) -> None:
        live(store)
        ends = {"events": 8, "decisions": 3 * DAY + 1}
        assert store.personal.expire(ends, dry_run=True) == {"events": 2, "decisions": 1}
        gone = store.personal.expire(ends)
        assert (gone["events"], gone["decisions"]) == (2, 1)
        assert [row.count for row in store.personal.statistics()] == [1, 1, 1]
        assert store.decisions.get("d0") is None
        assert store.decisions.get("d1") is not None
        assert not any(store.personal.expire(ends).values())

    def test_the_secret_is_known_again(self, store: Stores, other: Stores) -> None:
        assert store.personal.claim(41)
        assert other.personal.claim(41)
        assert not other.personal.claim(42)

    def test_scrubbing_leaves_what_stands(self, store: Stores) -> None:
        live(store)
        store.personal.remove(NAMES)
        assert store.personal.scrub()
        assert len(store.personal.rows(PersonNames(frozenset({"c2"})))["decisions"]) == 1
