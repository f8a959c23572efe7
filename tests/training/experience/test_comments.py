"""Whatever was typed, pasted or damaged reads as something, or as nothing."""

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from tests.training.experience.wording import GOOD, written
from training.experience.comments import MAX_CHARACTERS, Reading, read, readable
from training.experience.ngrams import Grams, character_grams, word_grams
from training.experience.terms import terms_of

ANY_TEXT = st.text(st.characters(), max_size=60)  # lone surrogates and NULs included


@given(ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_any_text_reads_as_clean_text(comment: str) -> None:
    text = readable(comment)
    assert len(text) <= MAX_CHARACTERS
    assert "  " not in text
    assert text == text.strip()
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") for c in text)
    text.encode("utf-8")


@given(ANY_TEXT)
@settings(deadline=None)
def test_parts_are_parts_of_the_text(comment: str) -> None:
    reading = read(comment)
    assert bool(reading.text) >= bool(reading.opening)
    assert len(reading.opening) <= MAX_CHARACTERS
    assert len(reading.closing) <= MAX_CHARACTERS


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        ("  Très\tBIEN\u00a0!  ", "très bien !"),
        ("\uff46\uff55\uff4c\uff4c width №1", "full width no1"),
        ("good &amp; cheap &lt;b&gt;really&lt;/b&gt;", "good & cheap really"),
        ("one<br/>two", "one two"),
        ("I <3 it", "i <3 it"),
        ("a\x00b\ud800c\x1bd", "a b c d"),
        ("zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"),
        ("don\u2019t", "don't"),
        ("😍😍 ❤️", "😍😍 ❤"),
        ("", ""),
        (" \n\t\u2003", ""),
        ("\x00\ud83d", ""),
        (None, ""),
        (np.nan, ""),
        (pd.NA, ""),
    ],
)
def test_normal_form(comment: object, text: str) -> None:
    assert readable(comment) == text


@pytest.mark.parametrize(
    "comment",
    ["a" * 100_000, "word " * 20_000, "😀" * 50_000, "&amp;" * 20_000, "e" + "\u0301" * 100_000,
     "\ufdfa" * 100_000, "<a" * 50_000, "\ud800" * 100_000, ". " * 50_000],
)  # fmt: skip
def test_a_comment_of_100_kb_is_cut(comment: str) -> None:
    reading = read(comment)
    assert len(reading.text) <= MAX_CHARACTERS
    assert len(reading.opening) <= MAX_CHARACTERS


def test_first_and_last_sentence() -> None:
    assert read("Bad luck!\nIt was fine. Until it broke.") == Reading(
        "bad luck! it was fine. until it broke.", "bad luck!", "until it broke."
    )
    assert read("质量很好。送货很慢\uff01") == Reading(
        "质量很好。送货很慢!", "质量很好。", "送货很慢!"
    )
    assert read("No end") == Reading("no end", "no end", "no end")


def counts(grams: Grams, rows: int) -> list[list[int]]:
    """How often each n-gram of a row occurs, sorted: names do not matter, equality does."""
    return [
        sorted(np.unique(grams.key[grams.row == row], return_counts=True)[1]) for row in range(rows)
    ]


def by_scikit(vectorizer: CountVectorizer, texts: list[str]) -> tuple[list[list[int]], int]:
    matrix = vectorizer.fit_transform(texts)
    return [sorted(matrix[row].data) for row in range(len(texts))], matrix.shape[1]


CORPUS = [written(language, 40, 1)[0] for language in (*GOOD, "chinese")]
TEXTS = [readable(text) for texts in CORPUS for text in texts]


def test_characters_are_those_of_scikit_learn() -> None:
    texts = [*TEXTS, "a", "", "é ü", "!? 👍👍"]
    expected, distinct = by_scikit(
        CountVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=False), texts
    )
    grams = character_grams(texts, (2, 3, 4, 5))
    assert counts(grams, len(texts)) == expected
    assert np.unique(grams.key).size == distinct


def test_words_are_those_of_scikit_learn() -> None:
    texts = [*TEXTS, "don't o'neil's 'quoted' it''s", "a", "", "!!", "👍 ok"]
    pattern = r"\w+(?:'\w+)*|[^\w\s]"
    vectorizer = CountVectorizer(token_pattern=pattern, ngram_range=(1, 2), lowercase=False)
    expected, distinct = by_scikit(vectorizer, texts)
    grams = word_grams(texts, 2)
    assert counts(grams, len(texts)) == expected
    assert np.unique(grams.key).size == distinct


@given(st.lists(ANY_TEXT, max_size=6))
@settings(deadline=None)
def test_a_comment_has_the_same_grams_alone_and_among_others(comments: list[str]) -> None:
    texts = [readable(comment) for comment in comments]
    for make in (lambda t: word_grams(t, 3), lambda t: character_grams(t, (2, 3, 4))):
        together = make(texts)
        for row, text in enumerate(texts):
            alone = make([text])
            assert sorted(together.key[together.row == row]) == sorted(alone.key)


def test_combining_marks_belong_to_their_word() -> None:
    assert word_grams(["किताब"], 1).key.size == 1


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("the bag is no good, isn't it", ["the", "bag", "good", "isn't"]),
        ("100 4you x2", ["4you"]),
        ("质量很好", ["质量", "量很", "很好"]),
        ("доставка не та", ["доставка"]),
        ("", []),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert terms_of([text]) == [terms]
    assert terms_of(["", text, text]) == [[], terms, terms]
