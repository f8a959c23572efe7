"""A bundle on disk is the bundle in memory, and scores the same to the bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bundle.contents import Bundle, BundleParts
from bundle.files import read_bundle
from bundle.models import TreeModel
from bundle.recommenders import read_state, write_state
from decisioning.catalogue import GOALS
from decisioning.recommender.pairs import PAIR_FEATURES
from decisioning.recommender.sessions.features import SESSION_FEATURES
from decisioning.recommender.sessions.slates import blend
from features.errors import BundleError, CatalogueError
from tests.bundle.support import COLUMNS, MODELS, train_trees, write
from tests.decisioning.support import same

NOTHING = "actions: [{id: rest, label: {en: a, fr: b}, kind: none, channels: [web]}]\n"


@pytest.fixture(scope="module")
def bundle(written: Path) -> Bundle:
    return read_bundle(written)


def positions(bundle: Bundle, name: str) -> np.ndarray:
    return np.array([bundle.column_positions[c] for c in bundle.models[name].columns])


def test_what_was_written_is_read(bundle: Bundle, parts: BundleParts):
    assert same(bundle.items, parts.items)
    assert same(bundle.customers, parts.customers)
    assert same(bundle.places, parts.places)
    for name in ("state", "shelves", "sessions", "chances", "uplifts"):
        assert same(getattr(bundle, name), getattr(parts, name))
    assert bundle.manifest.recommenders == {"ials": "Ials", "item_knn": "ItemKnn", "ease": "Ease"}
    assert set(bundle.rankers) == set(GOALS)
    assert set(bundle.models) == set(MODELS)


def test_scores_are_the_same_to_the_bit(bundle: Bundle, parts: BundleParts):
    rng = np.random.default_rng(3)
    pairs = rng.normal(size=(200, len(PAIR_FEATURES))).astype(np.float32)
    for goal in GOALS:
        assert same(bundle.rankers[goal](pairs), parts.rankers[goal](pairs))
        one = bundle.rankers[goal](pairs[7:8])
        assert same(one, bundle.rankers[goal](pairs)[7:8])
    profiles = rng.normal(size=(200, len(COLUMNS)))
    profiles[rng.random(profiles.shape) < 0.3] = np.nan
    for name in MODELS:
        at = positions(bundle, name)
        found = bundle.models[name].score(profiles, at)
        assert same(found, parts.models[name].score(profiles, at))
        assert same(found.mean[5:6], bundle.models[name].score(profiles[5:6], at).mean)


def test_a_customer_without_any_input_has_no_score(bundle: Bundle):
    at = positions(bundle, "churn")
    profiles = np.full((3, len(COLUMNS)), np.nan)
    profiles[0] = 1.0
    profiles[1, at[2]] = 1.0
    profiles[2] = 1.0
    profiles[2, at] = np.nan
    found = bundle.models["churn"].score(profiles, at)
    for part in (found.mean, found.low, found.high):
        assert np.isnan(part).tolist() == [False, False, True]
    nobody = bundle.models["churn"].score(np.full((2, len(COLUMNS)), np.nan), at)
    assert np.isnan(nobody.mean).all()


def test_ids_and_places_find_their_rows(bundle: Bundle):
    assert bundle.item_map.index_of(["i3", "gone"]).tolist() == [3, -1]
    assert bundle.customer_map.index_of(["c5"]).tolist() == [5]
    assert bundle.place_rows == {"": 0, "s1": 1, "s2": 2}
    assert bundle.models["churn"].trees.columns == list(bundle.models["churn"].columns)


def test_own_files_take_the_place_of_the_defaults(tmp_path: Path, parts: BundleParts):
    (tmp_path / "actions.yaml").write_text(NOTHING, encoding="utf-8")
    write(tmp_path / "bundle", parts, tmp_path)
    found = read_bundle(tmp_path / "bundle")
    assert [a.action_id for a in found.actions] == ["rest"]
    assert found.policy.time_zone == "America/New_York"


def test_a_catalogue_that_does_not_fit_is_refused_before_it_is_signed(
    tmp_path: Path, parts: BundleParts
):
    wrong = NOTHING.replace("kind: none", "kind: none, eligible_when: no_such_column > 1")
    (tmp_path / "actions.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(CatalogueError, match="no_such_column"):
        write(tmp_path / "bundle", parts, tmp_path)
    with pytest.raises(BundleError, match="No bundle"):
        read_bundle(tmp_path / "bundle")


def test_a_bundle_without_a_ranker_says_so(tmp_path: Path, parts: BundleParts):
    two = {goal: parts.rankers[goal] for goal in GOALS[:2]}
    write(tmp_path / "bundle", replace(parts, rankers=two))
    with pytest.raises(BundleError, match=r"ranker_replenish\.txt .* cannot be read") as caught:
        read_bundle(tmp_path / "bundle")
    assert caught.value.remedy


OTHERS = {
    "gone an_old_one": ["an_old_one", *PAIR_FEATURES],
    f"new {PAIR_FEATURES[-1]}": list(PAIR_FEATURES[:-1]),
    f"gone an_old_one; new {PAIR_FEATURES[0]}": ["an_old_one", *PAIR_FEATURES[1:]],
    "the same ones in another order": list(PAIR_FEATURES[::-1]),
}


@pytest.mark.parametrize("told", OTHERS)
def test_a_ranker_of_other_features_is_refused(tmp_path: Path, parts: BundleParts, told: str):
    old = {**parts.rankers, "discover": train_trees(OTHERS[told], "regression", 1)}
    write(tmp_path / "bundle", replace(parts, rankers=old))
    with pytest.raises(BundleError, match=rf"ranker_discover\.txt .*\({told}\)") as caught:
        read_bundle(tmp_path / "bundle")
    assert "nextbest train" in caught.value.remedy


def test_a_ranker_of_sessions_with_other_features_is_refused(tmp_path: Path, parts: BundleParts):
    old = train_trees([*SESSION_FEATURES, "an_old_one"], "regression", 1)
    write(tmp_path / "bundle", replace(parts, session_trees=old))
    with pytest.raises(BundleError, match=r"ranker_session\.txt .*\(gone an_old_one\)"):
        read_bundle(tmp_path / "bundle")


def test_sessions_are_ranked_with_or_without_a_ranker(
    tmp_path: Path, bundle: Bundle, parts: BundleParts
):
    features = np.random.default_rng(0).random((40, len(SESSION_FEATURES))).astype(np.float32)
    assert parts.session_trees is not None
    assert same(bundle.session_ranker(features), parts.session_trees(features))
    write(tmp_path / "bundle", replace(parts, session_trees=None))
    assert read_bundle(tmp_path / "bundle").session_ranker is blend


def test_a_model_of_a_type_unknown_here_is_named(tmp_path: Path, parts: BundleParts):
    types = write_state(tmp_path, parts.state)
    with pytest.raises(
        BundleError, match="model ials is a Strange; this version knows Ials"
    ) as caught:
        read_state(tmp_path, types | {"ials": "Strange"})
    assert "nextbest train" in caught.value.remedy


@pytest.mark.parametrize("text", ["", "not a model", "tree\nversion=v4\n"])
def test_what_is_no_model_is_refused(text: str, capfd: pytest.CaptureFixture[str]):
    with pytest.raises(BundleError, match="not LightGBM text") as caught:
        TreeModel(text)
    assert "nextbest train" in caught.value.remedy
    capfd.readouterr()
