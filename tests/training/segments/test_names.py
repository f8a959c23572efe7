"""Names of clusters last, move within a bound, and are never given twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.segments.names import Registry, bounds, name_clusters

CORNERS = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])


@pytest.fixture
def first() -> Registry:
    return name_clusters(Registry(), CORNERS).registry


def test_the_first_run_names_all(first: Registry):
    assert first.names == ("cluster-01", "cluster-02", "cluster-03")
    assert first.issued == 3


def test_names_follow_centroids_whatever_their_order(first: Registry):
    naming = name_clusters(first, CORNERS[[2, 0, 1]] + 0.5)
    assert naming.registry.names == ("cluster-03", "cluster-01", "cluster-02")
    assert (naming.new, naming.retired) == ((), ())
    assert naming.moved == pytest.approx(dict.fromkeys(first.names, np.sqrt(0.5)))


def test_a_centroid_beyond_half_way_is_another_cluster(first: Registry):
    assert bounds(CORNERS) == pytest.approx([2, 2, 2])
    moved = CORNERS + np.array([[0, 0], [2.1, 0], [0, 0]])
    naming = name_clusters(first, moved)
    assert naming.registry.names == ("cluster-01", "cluster-04", "cluster-03")
    assert naming.retired == ("cluster-02",)


def test_a_name_that_went_never_comes_back(first: Registry):
    away = name_clusters(first, CORNERS[:2])
    assert away.retired == ("cluster-03",)
    again = name_clusters(away.registry, CORNERS)
    assert again.registry.names == ("cluster-01", "cluster-02", "cluster-04")
    assert again.registry.retired == ("cluster-03",)


def test_the_pairing_is_the_best_as_a_whole():
    """Greedy pairing would give the left one its nearest and leave the other without a name."""
    before = name_clusters(Registry(), np.array([[0.0], [10.0]])).registry
    naming = name_clusters(before, np.array([[4.0], [14.0]]))
    assert naming.registry.names == ("cluster-01", "cluster-02")


def test_one_cluster_is_always_itself():
    before = name_clusters(Registry(), np.array([[0.0]])).registry
    assert name_clusters(before, np.array([[99.0]])).kept == ("cluster-01",)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=6), st.integers(0, 2**16))
def test_a_name_in_use_is_unique_and_never_a_retired_one(sizes: list[int], seed: int):
    rng = np.random.default_rng(seed)
    registry, ever = Registry(), set[str]()
    for k in sizes:
        naming = name_clusters(registry, rng.normal(size=(k, 3)))
        registry = naming.registry
        assert len(set(registry.names)) == k
        assert not set(registry.names) & set(registry.retired)
        assert not set(naming.new) & ever
        ever |= set(registry.names)
        assert ever == set(registry.names) | set(registry.retired)
        assert len(ever) == registry.issued
