"""Every column that may be told says something, in both languages."""

import math
import re

import pytest

from features.definitions import FEATURES, UNPROTECTED
from features.phrases import table
from features.phrases.table import UNITS, may_be_told, phrase_of, said
from features.phrases.words import number

PROTECTED = [f.name for f in FEATURES if f.protected]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_column_that_may_be_told_has_words(language: str) -> None:
    for name in UNPROTECTED:
        every = dict.fromkeys(UNPROTECTED, 12.5)
        for values in (every, {name: 1.0}, {name: 0.0}, {name: math.nan}):
            told = said(name, values, language)
            assert told, name
            assert not re.search(r"[{}\[\]|]|nan", told), f"{name}: {told}"


def test_every_column_of_ours_has_words_of_its_own() -> None:
    for name in UNPROTECTED:
        phrase = phrase_of(name)
        assert phrase.en != phrase.fr, name
        assert not phrase.fr.startswith(table._BY_NAME[name].doc.rstrip(".")), name


def test_a_protected_column_has_none() -> None:
    assert PROTECTED
    for name in (*PROTECTED, "no_such_column"):
        assert not may_be_told(name)
        with pytest.raises(ValueError, match="may not be told"):
            phrase_of(name)


def test_what_phrases_name_are_columns_that_may_be_told() -> None:
    windows = {re.sub(r"_\d+d$", "_{d}d", name) for name in UNPROTECTED}
    for name, phrase in table._TABLE.items():
        assert name in windows or name in UNPROTECTED, name
        for text in (phrase.en, phrase.fr):
            named = set(re.findall(r"\{(\w+)\}", text)) - {"value", "d"}
            assert named <= set(UNPROTECTED), name


@pytest.mark.parametrize(
    ("column", "values", "en", "fr"),
    [
        (
            "days_since_last_purchase", {"days_since_last_purchase": 73.6, "gap_days_median": 12.1},
            "no purchase for 74 days, usually every 12 days",
            "aucun achat depuis 74 jours, d'ordinaire un tous les 12 jours",
        ),
        (
            "days_since_last_purchase", {"days_since_last_purchase": 1.0},
            "no purchase for 1 day", "aucun achat depuis 1 jour",
        ),
        (
            "days_since_last_purchase", {"days_since_last_purchase": math.nan},
            "never bought", "n'a jamais acheté",
        ),
        ("orders_90d", {"orders_90d": 1.0},
         "1 order in the last 90 days", "1 commande en 90 jours"),
        ("orders_90d", {"orders_90d": 0.0},
         "0 orders in the last 90 days", "0 commande en 90 jours"),
        ("spend_30d", {"spend_30d": 123_450.0},
         "spent 1234.50 in the last 30 days", "a dépensé 1234,50 en 30 jours"),
        ("acceptance_rate_365d", {"acceptance_rate_365d": 0.256},
         "takes 26% of the offers", "prend 26 % des offres"),
        ("bounce_share_90d", {"bounce_share_90d": 0.5},
         "50% of the visits of 90 days of a single step",
         "50 % des visites de 90 jours d'un seul geste"),
    ],
)  # fmt: skip
def test_phrases(column: str, values: dict[str, float], en: str, fr: str) -> None:
    assert said(column, values, "en") == en
    assert said(column, values, "fr") == fr


def test_a_new_column_without_words_is_told_by_its_description(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(table._TABLE, "bounce_share_{d}d")
    told = said("bounce_share_90d", {"bounce_share_90d": 0.5}, "fr")
    assert told == "Visits of a single event, last 90 days : 50 %"


def test_numbers_are_written_by_their_unit() -> None:
    assert [number(3.26, unit, "en") for unit in ("days", "ratio", "hours")] == [
        "3.3 days", "3.3", "3.3 hours",
    ]  # fmt: skip
    assert number(3.26, "hours", "fr") == "3,3 heures"
    assert [number(1.4, "days", "fr"), number(1.0, "days", "en")] == ["1,4 jour", "1 day"]
    assert UNITS["spend_30d"] == "cents"
