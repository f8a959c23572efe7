"""Sentiment: learned in any language, refused where nothing can be learned, kept as arrays."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score

from features.errors import SourceError
from tests.training.experience.wording import BAD, GOOD, written
from training.experience import vocabulary
from training.experience.comments import read
from training.experience.learning import (
    MIN_COMMENTS,
    MIN_OF_A_KIND,
    Learned,
    auc_error,
    learn_sentiment,
    linear_model,
)
from training.experience.sentiment import (
    SentimentModel,
    calibrate,
    features,
    load_sentiment,
    save_sentiment,
    score,
)
from training.experience.vocabulary import (
    CHARACTERS,
    LONGEST_RUN,
    WORDS,
    learn_vocabulary,
    tfidf,
)
from training.models.metrics import expected_calibration_error

LANGUAGES = (*GOOD, "chinese")


def learn(comments: list[str], good: np.ndarray) -> Learned:
    return learn_sentiment([read(comment) for comment in comments], good)


def scores(model: SentimentModel, comments: list[str]) -> np.ndarray:
    return score(model, [read(comment) for comment in comments])


@pytest.fixture(scope="module")
def mixed() -> SentimentModel:
    """One model of comments in five languages."""
    parts = [written(language, 200, 5) for language in LANGUAGES]
    learned = learn([c for part in parts for c in part[0]], np.concatenate([p[1] for p in parts]))
    assert learned.model is not None
    return learned.model


@pytest.mark.parametrize(
    ("field", "how"),
    [
        (WORDS, {"token_pattern": r"\w+(?:'\w+)*|[^\w\s]", "ngram_range": (1, LONGEST_RUN)}),
        (CHARACTERS, {"analyzer": "char_wb", "ngram_range": (2, 4)}),
    ],
)
def test_tfidf_is_that_of_scikit_learn(field: str, how: dict) -> None:
    texts = [read(comment).text for comment in written("french", 300, 1)[0]]
    later = [read(comment).text for comment in written("french", 50, 2)[0]] + ["", "zzz"]
    theirs = TfidfVectorizer(sublinear_tf=True, min_df=2, lowercase=False, **how).fit(texts)
    ours = learn_vocabulary(texts, field, at_least=2)
    assert ours.key.size == len(theirs.vocabulary_)
    for given_texts in (texts, later):
        a, b = tfidf(given_texts, ours), theirs.transform(given_texts)
        # Columns are in another order: likeness between comments is not.
        np.testing.assert_allclose((a @ a.T).toarray(), (b @ b.T).toarray(), atol=1e-12)


def test_a_full_vocabulary_keeps_the_most_common() -> None:
    texts = ["a b c"] * 5 + ["a b"] * 5 + ["a"] * 5
    full = learn_vocabulary(texts, WORDS, at_least=1)
    cut = learn_vocabulary(texts, WORDS, at_least=1, limit=2)
    rarity = dict(zip(full.key.tolist(), full.idf.tolist(), strict=True))
    assert sorted(cut.idf) == sorted(rarity.values())[:2]
    assert (np.diff(cut.key.astype(object)) > 0).all()


def test_long_texts_are_worked_on_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [read(comment).text for comment in written("english", 200, 1)[0]]
    whole = learn_vocabulary(texts, CHARACTERS, at_least=2)
    matrix = tfidf(texts, whole)
    monkeypatch.setattr(vocabulary, "_CHUNK", 100)
    pieces = learn_vocabulary(texts, CHARACTERS, at_least=2)
    np.testing.assert_array_equal(pieces.key, whole.key)
    np.testing.assert_array_equal(pieces.idf, whole.idf)
    np.testing.assert_array_equal(tfidf(texts, whole).toarray(), matrix.toarray())


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_language_is_learned(language: str) -> None:
    learned = learn(*written(language, 400, 1))
    assert learned.model is not None
    later, good = written(language, 300, 2)
    assert roc_auc_score(good, scores(learned.model, later)) > 0.95


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_model_reads_several_languages(mixed: SentimentModel, language: str) -> None:
    later, good = written(language, 300, 6)
    assert roc_auc_score(good, scores(mixed, later)) > 0.95


def test_probabilities_are_calibrated_where_words_and_scores_disagree() -> None:
    rng = np.random.default_rng(0)
    n_good, n_bad = rng.integers(0, 4, (2, 5_000))
    comments = [
        " ".join([*rng.choice(GOOD["english"], g), "and", *rng.choice(BAD["english"], b)])
        for g, b in zip(n_good, n_bad, strict=True)
    ]
    truth = 1 / (1 + np.exp(-0.8 * (n_good - n_bad)))
    good = rng.random(5_000) < truth
    learned = learn(comments[:2_000], good[:2_000])
    assert learned.model is not None
    p = scores(learned.model, comments[2_000:])
    y = good[2_000:].astype(float)
    assert expected_calibration_error(y, p) < 0.04
    assert np.mean((y - p) ** 2) < np.mean((y - truth[2_000:]) ** 2) + 0.015


def test_what_is_loaded_equals_scikit_learn(tmp_path: Path) -> None:
    comments, good = written("french", 400, 4)
    readings = [read(comment) for comment in comments]
    model = learn_sentiment(readings, good).model
    assert model is not None
    save_sentiment(tmp_path / "model.npz", model)
    loaded = load_sentiment(tmp_path / "model.npz")
    later = [read(comment) for comment in written("french", 200, 5)[0]]
    fit = linear_model().fit(features(readings, model.vocabularies), good)
    p = fit.predict_proba(features(later, model.vocabularies))[:, 1]
    plain = calibrate(
        features(later, loaded.vocabularies) @ loaded.weight + loaded.intercept,
        np.array([1.0, 1.0, 0.0]),
    )
    np.testing.assert_allclose(plain, p, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(score(loaded, later), score(model, later))


def test_same_comments_same_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        model = learn(*written("english", 300, 1)).model
        assert model is not None
        save_sentiment(tmp_path / name, model)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no model"])
def test_a_damaged_model_says_so(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=r"model\.npz holds no sentiment model"):
        load_sentiment(path)


@given(st.lists(st.text(st.characters(), max_size=40), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_any_comment_is_scored_or_silent(mixed: SentimentModel, comments: list[str]) -> None:
    p = scores(mixed, comments)
    assert p.shape == (len(comments),)
    told = p[~np.isnan(p)]
    assert ((told >= 0) & (told <= 1)).all()


@given(st.lists(st.sampled_from(written("english", 50, 9)[0]), min_size=2, max_size=6))
@settings(max_examples=20, deadline=None)
def test_a_comment_scores_the_same_alone_and_among_others(
    mixed: SentimentModel, comments: list[str]
) -> None:
    alone = np.concatenate([scores(mixed, [comment]) for comment in comments])
    np.testing.assert_allclose(scores(mixed, comments), alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("comment", ["", "   ", "\x00\ud800", "😍😍", "ಚೆನ್ನಾಗಿದೆ", None])
def test_what_cannot_be_read_has_no_score(mixed: SentimentModel, comment: str) -> None:
    assert np.isnan(scores(mixed, [comment])).all()


def test_an_emoji_the_customers_taught_is_read() -> None:
    comments, good = written("english", 400, 8)
    comments = [f"{c} {'😍' if g else '😡'}" for c, g in zip(comments, good, strict=True)]
    model = learn(comments, good).model
    assert model is not None
    love, anger = scores(model, ["😍", "😡"])
    assert love > 0.6 > 0.4 > anger


def test_a_long_comment_is_scored(mixed: SentimentModel) -> None:
    (p,) = scores(mixed, ["lovely perfect " * 7_000])
    assert p > 0.5


@pytest.mark.parametrize(
    ("n", "n_bad"),
    [(0, 0), (MIN_COMMENTS - 1, 90), (400, MIN_OF_A_KIND - 1), (400, 0), (400, 400)],
)
def test_too_few_comments_teach_nothing(n: int, n_bad: int) -> None:
    learned = learn(["lovely shop"] * (n - n_bad) + ["bad"] * n_bad, np.arange(n) < n - n_bad)
    assert learned.model is None
    assert learned.reason.startswith(f"too few scored comments to learn from: {n} with")
    assert str(MIN_OF_A_KIND) in learned.reason


def test_just_enough_comments_do() -> None:
    comments, mood = written("english", 900, 1)
    bad = [c for c, good in zip(comments, mood, strict=True) if not good][:MIN_OF_A_KIND]
    fine = [c for c, good in zip(comments, mood, strict=True) if good]
    fine = fine[: MIN_COMMENTS - MIN_OF_A_KIND]
    learned = learn(bad + fine, np.arange(MIN_COMMENTS) >= MIN_OF_A_KIND)
    assert learned.model is not None
    assert (learned.comments, learned.bad) == (MIN_COMMENTS, MIN_OF_A_KIND)


def test_empty_comments_do_not_count_as_evidence() -> None:
    comments, good = written("english", 220, 1)
    learned = learn([*comments, *["", " ", "\x00"] * 50], np.append(good, np.ones(150, bool)))
    assert learned.comments == 220


def test_scores_that_have_nothing_to_do_with_the_words_teach_nothing() -> None:
    comments, _ = written("english", 600, 1)
    learned = learn(comments, np.random.default_rng(3).random(600) < 0.5)
    assert learned.model is None
    assert "tells nothing of their scores" in learned.reason


def test_error_of_an_auc_is_what_repeated_samples_show() -> None:
    # The formula holds exactly where both kinds have exponential scores: AUC = r / (1 + r).
    rng = np.random.default_rng(1)
    good, bad = rng.exponential(3, (4_000, 60)), rng.exponential(1, (4_000, 40))
    aucs = (good[:, :, None] > bad[:, None, :]).mean(axis=(1, 2))
    assert auc_error(0.75, 60, 40) == pytest.approx(aucs.std(), rel=0.05)


@given(
    st.lists(st.floats(-30, 30), min_size=2, max_size=20),
    st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(-3, 3)),
)
def test_calibration_keeps_the_order(linear: list[float], parameters: tuple[float, ...]) -> None:
    p = calibrate(np.sort(linear), np.array(parameters))
    assert (np.diff(p) >= -1e-12).all()
    np.testing.assert_allclose(
        calibrate(np.array(linear), np.array([1.0, 1.0, 0.0])),
        1 / (1 + np.exp(-np.array(linear))),
        atol=1e-12,
    )
