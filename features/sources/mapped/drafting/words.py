"""Names made comparable, and what they are synonyms of."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_SMALL = {"of", "the", "a", "de", "du", "des", "la", "le", "les", "l", "d", "del", "della", "den",
          "der", "die", "das", "in", "am", "von", "van"}  # fmt: skip
IN_CENTS = frozenset({"cents", "cent", "centimes", "centime", "pence", "ct", "cts", "centimos"})
_UNITS = IN_CENTS | {"eur", "euro", "euros", "gbp", "usd", "ttc", "utc", "ms"}
FRENCH = {"client", "clients", "commande", "commandes", "produit", "produits", "montant",
          "quantite", "prix", "magasin", "libelle", "achat", "vente", "ventes", "remise", "avis",
          "consentement", "pays", "statut", "horodatage", "visiteur", "numero"}  # fmt: skip


def folded(name: str) -> str:
    """Return a name in small letters without accents, its parts joined by ``_``."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = unicodedata.normalize("NFKD", split).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "_", plain).strip("_")


def bag(name: str) -> frozenset[str]:
    """Return the parts of a name that count, whatever their order."""
    parts = set(folded(name).split("_"))
    return frozenset(parts - _SMALL or parts)


def rank(name: str, ranks: Mapping[frozenset[str], int]) -> int | None:
    """Return where a name stands in a list of synonyms, units in it aside; None when nowhere."""
    parts = bag(name)
    return ranks.get(parts, ranks.get(parts - _UNITS))


@cache
def words() -> Mapping[str, Any]:
    """Return the lists of ``words.yaml``."""
    text = (files("features.sources.mapped.drafting") / "words.yaml").read_text(encoding="utf-8")
    # All scalars as they are written: "no" is a word here.
    lists: Mapping[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)
    return lists


@cache
def synonyms(group: str, name: str) -> Mapping[frozenset[str], int]:
    """Return the synonyms of a name -> how far down its list, the most telling first."""
    ranked: dict[frozenset[str], int] = {}
    for rank, word in enumerate(words()[group].get(name, [])):
        ranked.setdefault(bag(word), rank)
    return ranked


def meaning(vocabulary: str, value: str) -> str | None:
    """Return which value of a vocabulary a text stands for; None when that is not known."""
    for meant, spellings in words()["values"][vocabulary].items():
        if bag(value) in {bag(spelling) for spelling in spellings} or folded(value) == meant:
            return str(meant)
    return None
