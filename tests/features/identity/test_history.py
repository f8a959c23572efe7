"""A decision of last month still finds its customer, after a merge and after an un-merge."""

from collections.abc import Callable
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from features.identity.history import History, Span, history_path, update_history

Say = Callable[..., None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return history_path(tmp_path)


@pytest.fixture
def merged(con: DuckDBPyConnection, path: Path, say: Say) -> History:
    """B becomes A at 20, and is parted from A at 40; the cookie is B's."""
    say("email_sha256:e", "A", 5)
    say("cookie:k", "B", 6)
    update_history(con, path, 10)
    say("email_sha256:e", "B", 15)
    update_history(con, path, 20)
    update_history(con, path, 30)
    say("email_sha256:e", "B", 35, relation="different")
    update_history(con, path, 40)
    return History(path)


def test_an_old_id_finds_its_customer_at_every_moment(merged: History) -> None:
    assert [merged.customer_at("B", "customer", t) for t in (10, 19, 20, 39, 40)] == list("BBAAB")
    assert [merged.customer_at("k", "cookie", t) for t in (9, 10, 20, 39, 40)] == [
        None, "B", "A", "A", "B",
    ]  # fmt: skip
    assert merged.customer_at("unknown", "cookie", 20) is None


def test_the_customer_of_today(con: DuckDBPyConnection, path: Path, say: Say) -> None:
    say("email_sha256:e", "A", 1)
    say("email_sha256:e", "B", 2)
    update_history(con, path, 10)
    assert History(path).current_customer("B") == "A"
    assert History(path).current_customer("A") == "A"
    say("email_sha256:e", "B", 12, relation="different")
    update_history(con, path, 20)
    assert History(path).current_customer("B") == "B"


def test_spans_are_closed_and_opened_and_nothing_else(merged: History) -> None:
    assert merged.spans_of("B") == [
        Span("cookie", "k", "B", 10, 20),
        Span("customer", "B", "A", 20, 40),
        Span("cookie", "k", "B", 40, None),
    ]


def test_a_run_without_change_leaves_the_file_alone(
    con: DuckDBPyConnection, path: Path, say: Say
) -> None:
    say("cookie:k", "A", 1)
    assert update_history(con, path, 10) == 1
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    assert update_history(con, path, 11) == 0
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_the_same_runs_give_the_same_bytes(
    con: DuckDBPyConnection, tmp_path: Path, say: Say
) -> None:
    for k in range(50):
        say(f"cookie:k{k}", f"C{k % 7}", k)
    one, other = history_path(tmp_path / "one"), history_path(tmp_path / "other")
    for path in (one, other):
        for now in (10, 30, 60):
            update_history(con, path, now)
    assert one.read_bytes() == other.read_bytes()


def test_two_runs_in_one_second_leave_no_empty_span(
    con: DuckDBPyConnection, path: Path, say: Say
) -> None:
    say("cookie:k", "A", 1)
    update_history(con, path, 10)
    say("cookie:k", "B", 2)
    say("cookie:k2", "B", 2)
    update_history(con, path, 10)
    assert History(path).spans_of("k") == []
    assert History(path).customer_at("k2", "cookie", 10) == "B"


def test_a_clock_that_went_back_ends_no_span_before_it_began(
    con: DuckDBPyConnection, path: Path, say: Say
) -> None:
    say("cookie:k", "A", 1)
    update_history(con, path, 10)
    say("cookie:k", "B", 2)
    update_history(con, path, 8)
    for span in History(path).spans_of("k"):
        assert span.valid_until is None or span.valid_until > span.valid_from


def test_a_history_that_does_not_exist_yet_knows_no_merge(path: Path) -> None:
    history = History(path)
    assert history.current_customer("A") == "A"
    assert history.customer_at("A", "customer", 5) == "A"
    assert history.customer_at("k", "cookie", 5) is None
    history.close()
