"""The bars of docs/identity.md, on a smaller set than the benchmark's."""

from pathlib import Path

import pytest

from benchmarks.identity import exact_scores, fuzzy_score, open_truth
from benchmarks.identity_truth import make_truth


@pytest.mark.parametrize("seed", [1, 2])
def test_people_are_told_apart_and_together(seed: int) -> None:
    truth = make_truth(4_000, seed)
    scores = exact_scores(open_truth(truth), truth)
    own = scores["exact, identifiers of one person"]
    assert own.precision >= 0.99
    assert own.recall >= 0.95
    assert scores["exact, all identifiers"].precision >= 0.98
    assert scores["plain connected components"].precision < 0.5  # the set is not an easy one


@pytest.mark.slow
def test_likely_links_are_mostly_right(tmp_path: Path) -> None:
    pytest.importorskip(
        "splink", reason='Splink is not installed: pip install "nextbest[identity]"'
    )
    score, _ = fuzzy_score(1_500, seed=3)
    assert score.precision >= 0.98
    assert score.recall >= 0.9
