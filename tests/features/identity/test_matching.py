"""Which files can be matched, and what is left to a person."""

from pathlib import Path

import duckdb
import pytest

from features.errors import IdentityError, SourceError
from features.identity import matching
from features.identity.matching import Matches, Pair, match_records
from features.identity.records import read_records
from features.identity.review import read_review, without_decided, write_review


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_records_are_brought_to_one_spelling(tmp_path: Path) -> None:
    crm = write(
        tmp_path / "crm.csv",
        "crm_id,first_name,email,birth_date,phone,postal_code,last_name,note",
        "2, Zoé ,ZOE@X.example,1980-02-01,+33 6 12,ab-1 2c,,x",
        "1,,,nonsense,,,,",
    )
    loyalty = write(
        tmp_path / "l.csv", "loyalty_card,email,first_name,birth_date,phone,postal_code", "9,a,b,,,"
    )
    con = duckdb.connect()
    assert read_records(con, crm, loyalty) == (
        "first_name", "email", "birth_date", "phone", "postal_code",
    )  # fmt: skip
    assert con.execute("from crm").fetchall() == [
        ("1", None, None, None, None, None),
        ("2", "zoe", "zoe@x.example", "1980-02-01", "33612", "AB12C"),
    ]


@pytest.mark.parametrize(
    ("crm", "said"),
    [
        (("id,email,phone", "1,a,b"), "no column crm_id"),
        (("crm_id,email", "1,a"), r"only \['email'\] in common"),
        (("crm_id,email,phone", "7,a,b", "7,c,d"), "crm_id '7' 2 times"),
    ],
)
def test_a_file_that_cannot_be_matched_is_refused(
    tmp_path: Path, crm: tuple[str, ...], said: str
) -> None:
    loyalty = write(tmp_path / "l.csv", "loyalty_card,email,phone", "9,a,b")
    with pytest.raises(SourceError, match=said):
        read_records(duckdb.connect(), write(tmp_path / "crm.csv", *crm), loyalty)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.csv cannot be read"):
        read_records(duckdb.connect(), tmp_path / "gone.csv", tmp_path / "l.csv")


def test_without_splink_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "find_spec", lambda name: None)
    with pytest.raises(IdentityError, match=r"nextbest\[identity\]"):
        match_records(tmp_path / "a.csv", tmp_path / "b.csv")


@pytest.mark.parametrize("bounds", [(0.5, 0.9), (0.9, 0.0), (1.1, 0.5)])
def test_bounds_out_of_order_are_refused(bounds: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="out of order"):
        match_records(Path("a"), Path("b"), threshold=bounds[0], review_from=bounds[1])


def test_of_two_equally_good_partners_neither_is_taken() -> None:
    con = duckdb.connect()
    con.execute(
        "create table scored as select * from (values ('r1', 'l1', 0.99), ('r1', 'l2', 0.99),"
        " ('r2', 'l3', 0.95), ('r2', 'l4', 0.92), ('r3', 'l4', 0.91), ('r5', 'l5', 0.8))"
        " t(unique_id_l, unique_id_r, match_probability)"
    )
    rows = con.execute(matching._SORTED.format(threshold=0.9)).fetchall()
    # r3's best is l4, but l4's best is r2, whose best is l3.
    assert [row[:2] for row in rows if row[-1]] == [("r2", "l3")]


def pair(crm_id: str, card: str) -> Pair:
    return Pair(crm_id, card, 0.75, {"email": "a,b"}, {"email": None}, {"email": "missing"})


def test_a_review_goes_out_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    write_review([pair("r1", "l1"), pair("r2", "l2"), pair("r3", "l3")], path)
    assert path.stat().st_mode & 0o777 == 0o600
    lines = path.read_text().splitlines()
    assert lines[0].split(",")[-4:] == [
        "email_crm", "email_loyalty", "email_agreement", "same_person",
    ]  # fmt: skip
    path.write_text("\n".join([lines[0], lines[1] + "Yes", lines[2] + "n", lines[3]]))
    joined, apart = read_review(path)
    assert (joined["value"], joined["linked_value"], joined["match"]) == ("r1", "l1", "fuzzy")
    assert joined["confidence"] == 0.75
    assert (apart["value"], apart["relation"]) == ("r2", "different")


def test_decided_pairs_are_not_asked_again() -> None:
    matches = Matches((pair("r1", "l1"), pair("r2", "l2")), (pair("r3", "l3"),))
    left = without_decided(matches, frozenset({("r1", "l1"), ("r3", "l3")}))
    assert left == Matches((pair("r2", "l2"),), ())


@pytest.mark.slow
def test_the_same_files_give_the_same_pairs(tmp_path: Path) -> None:
    pytest.importorskip("splink", reason='Splink is missing: pip install "nextbest[identity]"')
    from benchmarks.identity_records import make_records

    made = make_records(tmp_path, 300, seed=8)
    one = match_records(made.crm, made.loyalty)
    assert one == match_records(made.crm, made.loyalty)
    assert one.accepted
