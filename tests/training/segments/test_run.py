"""A whole segmentation: who takes part, names over runs, files, words."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import adjusted_rand_score

from features.errors import SourceError
from features.tables import data_end, open_tables
from training.segments import storage
from training.segments.classes import NAMES
from training.segments.picture import draw
from training.segments.run import COLUMNS, Segmentation, compute, participants, segment
from training.segments.storage import Memory

AS_OF = 1_700_000_000
MONTH = 30 * 86_400


def customers(n: int = 300, seed: int = 0) -> pd.DataFrame:
    """Snapshot rows of four kinds: coupon hunters, rare big baskets, web ones, evening ones."""
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 4
    frame = pd.DataFrame({column: rng.gamma(4, 1.0, n) for column in COLUMNS})
    frame["customer_id"] = [f"c{k:04d}" for k in range(n)]
    frame["days_since_last_purchase"] = rng.exponential(30, n)
    frame["customer_age_days"] = rng.uniform(20, 500, n)
    frame["orders_365d"] = frame["orders_90d"] = rng.poisson(np.array([30, 4, 12, 12])[kind])
    frame["spend_365d"] = rng.gamma(4, 20_000, n).round()
    frame["basket_value_mean_365d"] = rng.gamma(9, np.array([200, 2_000, 400, 400])[kind])
    frame["redemptions_365d"] = rng.poisson(np.array([8, 0, 0, 0])[kind])
    frame["sessions_365d"] = rng.poisson(np.array([0, 0, 30, 0])[kind])
    frame["evening_orders_share_365d"] = rng.normal(np.array([0, 0, 0, 0.8])[kind], 0.05)
    frame["personalisation_allowed"] = rng.random(n) < 0.9
    frame["analytics_allowed"] = rng.random(n) < 0.9
    return frame


@pytest.fixture(scope="module")
def first() -> tuple[Segmentation, Memory]:
    result, memory = compute(customers(), AS_OF, None)
    assert memory is not None
    return result, memory


def test_only_those_who_allow_both_take_part(first: tuple[Segmentation, Memory]):
    frame = customers()
    allowed = frame[frame["personalisation_allowed"] & frame["analytics_allowed"]]
    assert first[0].customers["customer_id"].tolist() == allowed["customer_id"].tolist()
    assert sum(first[0].left_out.values()) == len(frame) - len(allowed)


def test_the_refusing_train_nothing(first: tuple[Segmentation, Memory]):
    frame = customers()
    out = ~(frame["personalisation_allowed"] & frame["analytics_allowed"])
    values = [c for c in COLUMNS if c in frame]
    frame[values] = frame[values].astype(float)
    frame.loc[out, values] = 1e7
    again, memory = compute(frame, AS_OF, None)
    assert memory is not None
    assert again.customers.equals(first[0].customers)
    assert (memory.registry.centroids == first[1].registry.centroids).all()


def test_the_same_customers_again_have_the_same_names(first: tuple[Segmentation, Memory]):
    result, memory = first
    again, after = compute(customers(), AS_OF, memory)
    assert again.customers.equals(result.customers)
    assert (again.new, again.retired) == ((), ())
    assert after is not None
    assert after.labels == memory.labels


def test_the_order_of_rows_does_not_matter(first: tuple[Segmentation, Memory]):
    shuffled = customers().sample(frac=1, random_state=5)
    again, _ = compute(shuffled, AS_OF, None)
    assert again.customers.equals(first[0].customers)


def test_names_last_when_customers_change_a_little(first: tuple[Segmentation, Memory]):
    later, _ = compute(customers(seed=1), AS_OF + MONTH, first[1])
    assert later.kept == tuple(first[1].registry.names)
    both = first[0].customers.merge(later.customers, on="customer_id")
    assert (both["cluster_x"] == both["cluster_y"]).mean() > 0.9


def test_every_class_and_cluster_is_told_in_both_languages(first: tuple[Segmentation, Memory]):
    result = first[0]
    assert {each.name for each in result.segments} <= set(NAMES)
    for profiles, column in ((result.segments, "segment"), (result.clusters, "cluster")):
        sizes = result.customers[column].value_counts()
        assert {each.name: each.customers for each in profiles} == sizes.to_dict()
        assert sum(each.share for each in profiles) == pytest.approx(1)
        assert all("customers" in each.text and "clients" in each.text_fr for each in profiles)


def test_words_name_what_sets_a_cluster_apart(first: tuple[Segmentation, Memory]):
    told = " ".join(each.text for each in first[0].clusters).lower()
    for words in ("uses coupons", "large baskets", "visits the site often", "in the evening"):
        assert words in told
    assert "bons" in " ".join(each.text_fr for each in first[0].clusters)


def test_a_segment_of_a_few_persons_shows_no_figures():
    frame = customers()
    frame.loc[frame["customer_age_days"] <= 60, "customer_age_days"] = 61
    known = participants(frame).index[:3]
    ids = participants(frame).loc[known, "customer_id"]
    frame.loc[frame["customer_id"].isin(ids), "customer_age_days"] = 1
    result, _ = compute(frame, AS_OF, None)
    new = next(each for each in result.segments if each.name == "new")
    assert (new.customers, new.figures, new.traits, new.differences) == (3, {}, {}, ())
    assert new.text == "3 customers (1%)."


@pytest.mark.parametrize(("n", "classes"), [(0, False), (20, False), (120, True)])
def test_too_few_customers_are_told(n: int, classes: bool):
    frame = customers(max(n, 1)).head(n)
    result, memory = compute(frame, AS_OF, None)
    assert memory is None
    assert any(note.startswith("No clusters: ") for note in result.notes)
    assert result.customers["cluster"].isna().all()
    assert result.customers["segment"].notna().any() == classes
    assert draw(result.segments, result.clusters).axes


def test_too_few_customers_keep_the_names_of_before(first: tuple[Segmentation, Memory]):
    _, memory = compute(customers(30), AS_OF, first[1])
    assert memory is first[1]


def test_other_traits_lay_the_space_anew_and_retire_the_names(
    first: tuple[Segmentation, Memory],
):
    old = first[1]
    scaling = storage.Scaling(("gone", *old.scaling.columns[1:]), *_arrays(old))
    result, memory = compute(
        customers(), AS_OF, Memory(scaling, old.registry, old.labels, old.labels_fr)
    )
    assert memory is not None
    assert not set(result.new) & set(old.registry.names)
    assert memory.registry.retired == old.registry.names


def _arrays(memory: Memory) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return memory.scaling.centre, memory.scaling.spread, memory.scaling.weight


def test_what_is_stored_is_read_back(tmp_path: Path, first: tuple[Segmentation, Memory]):
    result, memory = first
    assert storage.load_memory(tmp_path) is None
    storage.save_memory(tmp_path, memory)
    storage.write_profiles(tmp_path, result.as_json())
    back = storage.load_memory(tmp_path)
    assert back is not None
    assert (back.registry.names, back.labels) == (memory.registry.names, memory.labels)
    again, _ = compute(customers(), AS_OF, back)
    assert again.customers.equals(result.customers)
    told = json.loads((tmp_path / "profiles.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in told["clusters"]] == sorted(memory.registry.names)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_damaged_names_are_an_error_not_new_names(tmp_path: Path):
    (tmp_path / storage.MODEL).write_bytes(b"PK not a zip")
    with pytest.raises(SourceError, match="damaged"):
        storage.load_memory(tmp_path)


@pytest.mark.real_data
@pytest.mark.slow
def test_names_last_a_month_on_real_purchases(real_tables: Path, tmp_path: Path):
    """The figures of docs/segments.md: the share that keeps its cluster, and the Rand index."""
    con = open_tables(real_tables)
    end = data_end(real_tables) + 1
    before = segment(con, end - MONTH, tmp_path)
    after = segment(con, end, tmp_path)
    con.close()
    assert after.kept == before.new
    assert (after.new, after.retired) == ((), ())
    stored = pq.read_table(tmp_path / "customers.parquet").to_pandas()
    assert stored["customer_id"].is_unique
    assert set(stored["segment"]) <= set(NAMES)
    both = before.customers.merge(after.customers, on="customer_id")
    assert (both["cluster_x"] == both["cluster_y"]).mean() > 0.85
    assert adjusted_rand_score(both["cluster_x"], both["cluster_y"]) > 0.7
