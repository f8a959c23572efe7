"""``nextbest identity``, from a link to its undoing, on tables of its own."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from duckdb import DuckDBPyConnection

from features.identity.history import History, history_path, update_history
from features.ingest import ingest
from features.links import lay_links
from features.settings import read_settings
from features.sources.base import Portion
from features.tables import open_tables
from nextbest import identity as commands

NOW = 1_700_000_000


class Shop:
    """A source with two customers who share an e-mail, and one who is alone."""

    name = "shop"

    def portions(self) -> Sequence[Portion]:
        return [Portion("all", lambda: "1", self._load)]

    def _load(self, con: DuckDBPyConnection) -> None:
        con.execute("create table raw.products as select 'i' as item_id, 'active' as status")
        con.execute(
            "create table raw.transactions as select 'o' || n as order_id, 1 as line_no,"
            " 'C' || n as customer_id, 'i' as item_id, 1600000000 + n as purchased_at,"
            " 1 as quantity, 100 as amount, 0 as discount, 'shop' as channel from range(1, 4) t(n)"
        )
        con.execute(
            "create table raw.identifiers as select * from (values"
            " ('email_sha256', 'e', 'C1', null, null, 1600000100),"
            " ('email_sha256', 'e', 'C2', null, null, 1600000200),"
            " ('cookie', 'k', 'C2', null, null, 1600000300),"
            " ('cookie', 'shared', 'C1', null, null, 1600000300),"
            " ('cookie', 'shared', 'C3', null, null, 1600000300),"
            " ('loyalty_card', 'l1', 'C3', null, null, 1600000300),"
            " ('crm_id', 'r1', 'C2', null, null, 1600000300)"
            ") t(identifier_type, value, customer_id, linked_type, linked_value, observed_at)"
        )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEXTBEST_HOME", str(tmp_path))
    monkeypatch.setattr(commands, "now", lambda: NOW)
    ingest([Shop()], tmp_path / "tables", tmp_path / "quarantine", as_known_at=NOW - 100)
    con = open_tables(tmp_path / "tables")
    update_history(con, history_path(tmp_path), NOW - 50)
    con.close()
    return tmp_path


def run(*args: str, code: int = 0) -> str:
    result = CliRunner().invoke(commands.identity, list(args))
    assert result.exit_code == code, result.output
    return result.output


def persons(home: Path, as_of: int) -> list[tuple[str, str, str]]:
    con = open_tables(home / "tables")
    lay_links(con, [as_of])
    rows = con.execute(
        "select customer_id, person_id, part_id from persons order by all"
    ).fetchall()
    con.close()
    return rows


def test_show_tells_what_is_joined_and_what_was_held_back(home: Path) -> None:
    person = json.loads(run("show", "C2", "--json"))
    assert person["customer_id"] == "C1"
    assert person["parts"] == [["C1", "C2"]]
    assert person["identifiers"] == ["crm_id:r1", "email_sha256:e", "cookie:k"]
    assert person["held_back"] == [{"name": "cookie:shared", "reason": "claimed by several people"}]
    shown = run("show", "cookie:k")
    assert "2020-09-13   email_sha256:e  =  customer:C1  (exact)" in shown
    assert "held back    cookie:shared" in shown


def test_show_of_another_day_and_of_nobody(home: Path) -> None:
    assert "has no link at that time" in run("show", "C1", "--as-of", "2020-01-01", code=1)
    assert "has no link at that time" in run("show", "C9", code=1)


def test_an_unmerge_parts_from_now_on_and_the_past_stays(home: Path) -> None:
    assert persons(home, NOW) == [("C2", "C1", "C1")]
    said = run("unmerge", "email_sha256", "e", "--customer", "C2", "--reason", "a typing error")
    assert said == "email_sha256:e is no longer joined with C2.\n"
    assert persons(home, NOW) == [("C2", "C1", "C1")]
    assert persons(home, NOW + 1) == []
    shown = run("history", "C2")
    assert "customer:C2  ->  C1" in shown
    held = History(history_path(home))
    assert held.customer_at("C2", "customer", NOW - 10) == "C1"
    assert held.current_customer("C2") == "C2"
    assert held.customer_at("k", "cookie", NOW - 10) == "C1"
    assert held.customer_at("k", "cookie", NOW + 1) == "C2"
    held.close()


def test_links_between_must_be_undone_one_by_one(home: Path) -> None:
    said = run("unmerge", "cookie", "k", "--customer", "C1", "--reason", "x", code=1)
    assert "cookie:k - customer:C2 - email_sha256:e - customer:C1" in said
    assert "not joined" in run(
        "unmerge", "cookie", "k", "--customer", "C3", "--reason", "x", code=1
    )
    run("unmerge", "cookie", "k", "--reason", "x", code=2)
    assert not (home / "identity" / "links").exists()


def test_an_unmerge_survives_tables_built_anew(home: Path) -> None:
    from features.identity.statements import IdentityLinks, links_folder, note_of

    run("unmerge", "email_sha256", "e", "--customer", "C2", "--reason", "a typing error")
    source = IdentityLinks(links_folder(home))
    assert [note_of(path) for path in links_folder(home).iterdir()] == ["a typing error"]
    anew = home / "anew"
    ingest([Shop(), source], anew / "tables", anew / "quarantine", as_known_at=NOW)
    assert persons(anew, NOW + 1) == []


def test_a_reviewed_file_joins_and_keeps_apart(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    lines = [["r1", "l1", "0.7", "yes"], ["r2", "l2", "0.6", "no"], ["r3", "l3", "0.6", ""]]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["crm_id", "loyalty_card", "probability", "same_person"], *lines]
        )
    assert run("review", str(path)) == "1 pairs joined, 1 kept apart.\n"
    assert persons(home, NOW + 1) == [("C2", "C1", "C1"), ("C3", "C1", "C3")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("crm_id,loyalty_card,probability,same_person\nr,l,0.7,perhaps\n", "line 2: same_person"),
        ("crm_id,loyalty_card,probability\nr,l,0.7\n", "has no column same_person"),
    ],
)
def test_an_answer_that_cannot_be_read_changes_nothing(
    home: Path, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "review.csv"
    path.write_text(text)
    assert said in run("review", str(path), code=1)
    assert not (home / "identity" / "links").exists()


def records(folder: Path) -> tuple[Path, Path]:
    pytest.importorskip("splink", reason='Splink is missing: pip install "nextbest[identity]"')
    from benchmarks.identity_records import make_records

    made = make_records(folder, 400, seed=5)
    return made.crm, made.loyalty


@pytest.mark.slow
def test_match_writes_links_and_a_review_and_a_rerun_adds_nothing(
    home: Path, tmp_path: Path
) -> None:
    crm, loyalty = records(tmp_path)
    found = json.loads(run("match", str(crm), str(loyalty), "--json"))
    assert found["accepted"] > 200
    review = Path(found["review"])
    assert review.stat().st_mode & 0o777 == 0o600
    assert len(pd.read_csv(review)) == found["for_review"]
    con = open_tables(home / "tables")
    rows = con.execute(
        "select count(*), min(confidence), min(observed_at), max(observed_at) from identifiers"
        " where match = 'fuzzy'"
    ).fetchall()
    con.close()
    assert rows[0][0] == found["accepted"]
    assert rows[0][1] >= 0.9
    assert rows[0][2:] == (NOW, NOW)
    again = json.loads(run("match", str(crm), str(loyalty), "--json"))
    assert again["accepted"] == 0
    assert read_settings().home == home
