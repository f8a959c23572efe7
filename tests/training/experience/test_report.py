"""The report: whole, repeatable, and blind to the future."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection

from tests.training.experience.support import AS_OF, DAY, granted, opened, shop, table
from training.experience.files import CUSTOMERS, JSON, PAGE, as_json, write_experience
from training.experience.groups import find_groups, simple_groups
from training.experience.page import shown
from training.experience.people import COLUMNS
from training.experience.profiles import INPUTS, Profiles
from training.experience.report import STEPS, Experience, measure_experience

NOWHERE = Path("no-such-home")
Frames = Mapping[str, pd.DataFrame]


def measure(frames: Frames, home: Path = NOWHERE) -> Experience:
    con = opened(frames)
    measured = measure_experience(con, AS_OF, home)
    con.close()
    return measured


@cache
def whole() -> Experience:
    return measure(shop())


def test_every_part_is_there_and_json_holds_no_nan() -> None:
    report = json.loads(json.dumps(as_json(whole()), allow_nan=False))
    assert report["coverage"]["answers"] == len(whole().survey.answers)
    assert {row["source"] for row in report["rows"]} == {"answered", "inferred"}
    assert report["inferred"]["nps"]["used"]
    assert report["inferred"]["ces"]["used"]
    assert report["non_response"]["balance"]
    assert report["notes"] == [f"comments: {whole().words.reason}"]
    assert "a simple rule" in report["segments_from"]


def test_steps_are_told_as_they_begin() -> None:
    told: list[str] = []
    measure_experience(opened(shop(customers=20)), AS_OF, NOWHERE, progress=told.append)
    assert tuple(told) == STEPS


def test_files_are_whole_and_repeat_byte_for_byte(tmp_path: Path) -> None:
    first = write_experience(whole(), tmp_path / "a")
    second = write_experience(measure(shop()), tmp_path / "b", tmp_path / "pages")
    assert second[PAGE] == tmp_path / "pages" / PAGE
    for name in (JSON, CUSTOMERS, PAGE):
        assert first[name].read_bytes() == second[name].read_bytes()
    people = pq.read_table(first[CUSTOMERS])
    assert tuple(people.column_names) == COLUMNS
    assert people.num_rows == len(whole().people.frame)


def test_the_page_loads_nothing_and_shows_the_pictures(tmp_path: Path) -> None:
    page = write_experience(whole(), tmp_path)[PAGE].read_text("utf-8")
    sources = re.findall(r'src="([^"]{0,30})', page)
    assert len(sources) >= 6
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert not re.search(r"<script|<link|https?://|@import|url\(", page)
    for title in ("NPS by month", "NPS by touchpoint", "Who answers", "Where visits end"):
        assert (title in page) == (title != "Where visits end")  # this shop has no visits
    assert "Inferred detractors: calibration" in page


def test_what_customers_write_cannot_become_markup(tmp_path: Path) -> None:
    frames = shop(customers=60)
    frames["feedback"] = frames["feedback"].assign(touchpoint="<script>x</script>")
    page = write_experience(measure(frames), tmp_path)[PAGE].read_text("utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def later(frames: Frames, seed: int) -> dict[str, pd.DataFrame]:
    """The same shop with rows at or after the moment of the report, in every table."""
    rng = np.random.default_rng(seed)
    ids = frames["consents"]["customer_id"].unique()
    who = rng.choice(ids, 40)
    at = AS_OF + rng.integers(0, 90 * DAY, 40)
    order = "order_id line_no customer_id item_id purchased_at quantity amount discount channel"
    added = {
        "feedback": table(
            "feedback_id customer_id metric score touchpoint channel request_id answered_at",
            [(f"n{k}", c, "nps", 10, "web", "email", f"r{c}-1", t)
             for k, (c, t) in enumerate(zip(who, at, strict=True))],
        ),
        "feedback_requests": table(
            "request_id customer_id metric touchpoint channel asked_at",
            [(f"n{k}", c, "nps", "web", "email", t)
             for k, (c, t) in enumerate(zip(who, at, strict=True))],
        ),
        "service_contacts": table(
            "contact_id customer_id opened_at channel topic",
            [(f"n{k}", c, t, "phone", "delivery")
             for k, (c, t) in enumerate(zip(who, at, strict=True))],
        ),
        "transactions": table(
            order,
            [(f"n{k}", 1, c, "i0", t, 1, 900, 0, "shop")
             for k, (c, t) in enumerate(zip(who, at, strict=True))],
        ).assign(line_type="sale"),
        "consents": table(
            "customer_id purpose channel status recorded_at",
            [(c, "analytics", "any", "withdrawn", AS_OF) for c in set(who)],
        ),
    }  # fmt: skip
    return {
        name: pd.concat([rows, added[name]], ignore_index=True) if name in added else rows
        for name, rows in frames.items()
    }


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_the_future_change_no_figure(seed: int) -> None:
    grown = measure(later(shop(), seed))
    assert as_json(grown) == as_json(whole())
    pd.testing.assert_frame_equal(grown.people.frame, whole().people.frame)


def test_the_order_of_rows_changes_no_figure() -> None:
    shuffled = {name: rows.sample(frac=1, random_state=1) for name, rows in shop().items()}
    assert as_json(measure(shuffled)) == as_json(whole())


def test_two_ids_of_one_person_are_one_customer() -> None:
    frames = shop()
    seen = frames["transactions"]["purchased_at"].min()
    links = [
        (kind, value, customer, seen)
        for kind, value in (("crm_id", "r"), ("loyalty_card", "l"))
        for customer in ("c003", "c004")
    ]
    frames["identifiers"] = table("identifier_type value customer_id observed_at", links)
    merged = measure(frames)
    assert len(merged.survey.answers) == len(whole().survey.answers)
    customers = [each.survey.answers["customer_id"].nunique() for each in (merged, whole())]
    assert customers[0] == customers[1] - 1
    assert len(merged.people.frame) == len(whole().people.frame) - 1


def test_an_empty_shop_is_measured_and_says_what_is_missing(tmp_path: Path) -> None:
    one = table(
        "order_id line_no customer_id item_id purchased_at quantity amount discount channel",
        [("o", 1, "c", "i0", AS_OF - DAY, 1, 100, 0, "shop")],
    ).assign(line_type="sale")
    measured = measure({"transactions": one, "consents": granted(["c"])})
    report = as_json(measured)
    assert report["rows"] == []
    assert len(report["notes"]) == 4
    assert write_experience(measured, tmp_path)[PAGE].stat().st_size > 0


def scored(con: DuckDBPyConnection) -> None:
    con.execute(
        "insert into comment_scores select 'feedback', feedback_id, answered_at, score / 10.0,"
        " case when score < 5 then 'late, parcel' else 'staff, kind' end"
        " from feedback where metric = 'nps'"
    )


def test_scores_of_comments_are_summed_up() -> None:
    con = opened(shop())
    scored(con)
    words = measure_experience(con, AS_OF, NOWHERE).words
    assert words.reason == ""
    assert words.overall is not None
    nps = whole().survey.answers[whole().survey.answers["metric"] == "nps"]
    assert words.overall.n == len(nps)
    assert words.overall.estimate == pytest.approx(nps["score"].mean() / 10)
    assert list(words.topics) == ["staff, kind", "late, parcel"]
    assert words.topics["late, parcel"].estimate < words.topics["staff, kind"].estimate


def profiles_of(rows: dict[str, tuple[float, float, float]]) -> Profiles:
    names = ("days_since_last_purchase", "customer_age_days", "orders_90d")
    matrix = np.full((len(rows), len(INPUTS)), np.nan)
    matrix[:, [INPUTS.index(name) for name in names]] = list(rows.values())
    index = pd.MultiIndex.from_arrays([list(rows), [AS_OF] * len(rows)])
    return Profiles(index, matrix, INPUTS)


def test_the_simple_rule_names_everybody_it_may() -> None:
    nan = float("nan")
    found = simple_groups(
        profiles_of(
            {
                "gone": (91, 300, 0),
                "fresh": (5, 89, 9),
                "often": (2, 300, 8),
                "seldom": (60, 300, 1),
                "refused": (nan, nan, nan),
            }
        ),
        AS_OF,
    )
    assert found.to_dict() == {
        "gone": "lapsed", "fresh": "new", "often": "frequent", "seldom": "occasional",
    }  # fmt: skip


@pytest.mark.parametrize(("made", "used"), [(AS_OF, True), (AS_OF - DAY, True), (AS_OF + 1, False)])
def test_stored_segments_are_used_unless_they_know_the_future(
    tmp_path: Path, made: int, used: bool
) -> None:
    (tmp_path / "segments").mkdir()
    stored = pd.DataFrame({"customer_id": ["often", "x"], "as_of": made, "segment": ["top", None]})
    stored.to_parquet(tmp_path / "segments" / "customers.parquet")
    found = find_groups(tmp_path, profiles_of({"often": (2, 300, 8)}), AS_OF)
    assert found.segments.to_dict() == {"often": "top" if used else "frequent"}
    assert found.origin.startswith("nextbest segments") == used


def test_figures_are_written_in_their_unit() -> None:
    assert shown("nps", -50.38) == "-50.4"
    assert shown("nps_population", 3.0) == "+3.0"
    assert shown("csat", 0.409) == "40.9%"
    assert shown("stars", 3.077) == "3.08"
    assert shown("stars", None) == ""
