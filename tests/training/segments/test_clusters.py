"""K by stability, the same clusters from the same customers, and traits on one scale."""

import numpy as np
import pandas as pd
import pytest

from training.segments.clusters import MIN_CUSTOMERS, Trial, choose_k, fit_clusters
from training.segments.traits import CLIP, COLUMNS, TRAITS, fit_scaling, standardise

CENTRES = np.array([[0, 0, 0], [6, 0, 0], [0, 6, 0], [0, 0, 6]], dtype=float)


def blobs(seed: int = 0, n: int = 100) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([centre + rng.normal(0, 0.5, (n, 3)) for centre in CENTRES])


def test_clear_groups_are_found():
    fitted = fit_clusters(blobs(), 1)
    assert len(fitted.centroids) == 4
    assert all(len(set(part)) == 1 for part in np.split(fitted.labels, 4))


def test_the_same_customers_give_the_same_clusters():
    one, other = fit_clusters(blobs(), 1), fit_clusters(blobs(), 1)
    assert (one.labels == other.labels).all()
    assert (one.centroids == other.centroids).all()


def test_carried_on_over_the_same_customers_nothing_moves():
    first = fit_clusters(blobs(), 1)
    again = fit_clusters(blobs(), 1, first.centroids)
    assert np.abs(again.centroids - first.centroids).max() < 1e-12
    assert (again.labels == first.labels).all()


def test_old_centroids_that_fit_no_more_are_given_up():
    """Four centroids in one corner are a far worse solution than a fresh one."""
    stuck = np.tile(CENTRES[0], (4, 1)) + np.arange(4)[:, None] * 1e-3
    fitted = fit_clusters(blobs(), 1, stuck)
    assert all(len(set(part)) == 1 for part in np.split(fitted.labels, 4))


def test_k_is_the_clearest_of_the_stable_ones():
    trials = [Trial(3, 0.9, 0.2), Trial(4, 0.88, 0.3), Trial(5, 0.5, 0.9)]
    assert choose_k(trials) == 4
    assert choose_k(trials, 3) == 3
    assert choose_k(trials, 5) == 4
    assert choose_k([Trial(3, 0.76, 0.1), Trial(4, 0.9, 0.3)], 3) == 3
    assert choose_k([Trial(3, 0.74, 0.1), Trial(4, 0.9, 0.3)], 3) == 4
    assert choose_k([Trial(4, 1, 0.3), Trial(3, 1, 0.3)]) == 3


def test_few_customers_are_refused_with_their_number():
    with pytest.raises(ValueError, match=f"12 customers.*{MIN_CUSTOMERS}"):
        fit_clusters(np.zeros((12, 3)), 1)


def test_customers_all_alike_do_not_break_it():
    with pytest.warns(UserWarning, match="distinct clusters"):
        assert set(fit_clusters(np.zeros((MIN_CUSTOMERS, 3)), 1).labels) == {0}


def behaviour(n: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({column: rng.exponential(5, n) for column in COLUMNS})


def test_a_scaled_trait_has_mean_0_and_deviation_1():
    frame = behaviour()
    scaling = fit_scaling(frame)
    z = standardise(frame.clip(upper=15), scaling)
    assert np.abs(z.mean(axis=0)).max() < 0.2
    assert (np.abs(standardise(frame * 1e6, scaling)) <= CLIP).all()


def test_an_unknown_value_pulls_to_no_side():
    frame = behaviour()
    frame.loc[::2, "gap_days_mean"] = np.nan
    z = standardise(frame, fit_scaling(frame))
    at = COLUMNS.index("gap_days_mean")
    assert (z[::2, at] == 0).all()
    assert not np.isnan(z).any()


def test_every_theme_weighs_the_same():
    weight = fit_scaling(behaviour()).weight
    for theme in {trait.theme for trait in TRAITS}:
        mine = [w for w, trait in zip(weight, TRAITS, strict=True) if trait.theme == theme]
        assert np.sum(np.square(mine)) == pytest.approx(1)


def test_a_trait_that_all_share_says_nothing():
    frame = behaviour().assign(redemptions_365d=0.0)
    z = standardise(frame, fit_scaling(frame))
    assert (z[:, COLUMNS.index("redemptions_365d")] == 0).all()
