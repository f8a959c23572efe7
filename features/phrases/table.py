"""What each column says; ``{d}`` in a name stands for the window in days.

A protected column has no phrase and never gets one: it is told to nobody as a reason.
"""

import re
from typing import Final

from features.definitions import FEATURES
from features.phrases.words import Language, Phrase

_IN = "in the last {d} days"
_SUR = "en {d} jours"

_TABLE: Final[dict[str, Phrase]] = {
    # When they last came
    "days_since_last_purchase": Phrase(
        "silence",
        "no purchase for {value}, usually every {gap_days_median}",
        "aucun achat depuis {value}, d'ordinaire un tous les {gap_days_median}",
        "no purchase for {value}",
        "aucun achat depuis {value}",
        "never bought",
        "n'a jamais acheté",
    ),
    "overdue_ratio": Phrase(
        "silence",
        "no purchase for {days_since_last_purchase}, {value} times the usual gap",
        "aucun achat depuis {days_since_last_purchase}, {value} fois l'intervalle habituel",
        "{value} times the usual gap between purchases",
        "{value} fois l'intervalle habituel entre achats",
    ),
    "recency_rank_365d": Phrase(
        "silence",
        "last purchase {days_since_last_purchase} ago",
        "dernier achat il y a {days_since_last_purchase}",
        "bought more recently than others, or less",
        "achat plus ou moins récent que les autres",
    ),
    "gap_days_last": Phrase(
        "rhythm",
        "{value} between the last two purchases, usually {gap_days_median}",
        "{value} entre les deux derniers achats, d'ordinaire {gap_days_median}",
        "{value} between the last two purchases",
        "{value} entre les deux derniers achats",
        "bought once only, or never",
        "a acheté une seule fois, ou jamais",
    ),
    **{
        name: Phrase(
            "rhythm",
            f"{en} between purchases: {{value}}",
            f"{fr} entre achats : {{value}}",
            en_null="bought once only, or never",
            fr_null="a acheté une seule fois, ou jamais",
        )
        for name, en, fr in (
            ("gap_days_mean", "mean gap", "intervalle moyen"),
            ("gap_days_median", "usual gap", "intervalle habituel"),
            ("gap_days_max", "longest gap", "plus long intervalle"),
            ("gap_days_std", "spread of the gaps", "dispersion des intervalles"),
        )
    },
    "gap_variation": Phrase(
        "rhythm",
        "gaps between purchases vary by {value} times their mean",
        "les intervalles entre achats varient de {value} fois leur moyenne",
        en_null="too few purchases to show a rhythm",
        fr_null="trop peu d'achats pour montrer un rythme",
    ),
    # How often they come
    "orders_{d}d": Phrase(
        "frequency", f"{{value}} [order|orders] {_IN}", f"{{value}} [commande|commandes] {_SUR}"
    ),
    "active_days_{d}d": Phrase(
        "frequency", f"bought on {{value}} {_IN}", f"a acheté {{value}} distincts {_SUR}"
    ),
    "orders_total": Phrase(
        "frequency", "{value} [order|orders] so far", "{value} [commande|commandes] en tout"
    ),
    "orders_rank_365d": Phrase(
        "frequency",
        "{orders_365d} [order|orders] in a year",
        "{orders_365d} [commande|commandes] en un an",
        "orders more or less often than others",
        "commande plus ou moins souvent que les autres",
    ),
    "orders_trend_ratio": Phrase(
        "trend",
        "buys {value} times as often this month as over three months",
        "achète {value} fois plus souvent ce mois-ci que sur trois mois",
        en_null="no order in three months",
        fr_null="aucune commande en trois mois",
    ),
    "orders_trend_year_ratio": Phrase(
        "trend",
        "buys {value} times as often these three months as over the year",
        "achète {value} fois plus souvent ces trois mois que sur l'année",
        en_null="no order in a year",
        fr_null="aucune commande en un an",
    ),
    # What they spend
    "spend_{d}d": Phrase("spend", f"spent {{value}} {_IN}", f"a dépensé {{value}} {_SUR}"),
    "spend_total": Phrase("spend", "spent {value} so far", "a dépensé {value} en tout"),
    "spend_rank_365d": Phrase(
        "spend",
        "spent {spend_365d} in a year",
        "a dépensé {spend_365d} en un an",
        "spends more or less than others",
        "dépense plus ou moins que les autres",
    ),
    "spend_trend_ratio": Phrase(
        "trend",
        "spends {value} times the usual this month",
        "dépense {value} fois l'ordinaire ce mois-ci",
        en_null="no order in three months",
        fr_null="aucune commande en trois mois",
    ),
    "spend_trend_year_ratio": Phrase(
        "trend",
        "spends {value} times as much these three months as over the year",
        "dépense {value} fois plus ces trois mois que sur l'année",
        en_null="no order in a year",
        fr_null="aucune commande en un an",
    ),
    "basket_value_mean_{d}d": Phrase(
        "basket", "mean order of {value}", "commande moyenne de {value}"
    ),
    "basket_value_max_{d}d": Phrase(
        "basket", "largest order {value}", "plus grosse commande {value}"
    ),
    "basket_value_last": Phrase("basket", "last order of {value}", "dernière commande de {value}"),
    "basket_lines_mean_{d}d": Phrase(
        "basket", "{value} [line|lines] an order", "{value} [ligne|lignes] par commande"
    ),
    "basket_units_mean_{d}d": Phrase(
        "basket", "{value} [unit|units] an order", "{value} [article|articles] par commande"
    ),
    # What they buy
    "items_{d}d": Phrase(
        "variety",
        f"{{value}} different [item|items] {_IN}",
        f"{{value}} [article différent|articles différents] {_SUR}",
    ),
    "categories_{d}d": Phrase(
        "variety",
        f"{{value}} [category|categories] {_IN}",
        f"{{value}} [rayon|rayons] {_SUR}",
    ),
    "units_{d}d": Phrase(
        "variety", f"{{value}} [unit|units] bought {_IN}", f"{{value}} [unité|unités] {_SUR}"
    ),
    "lines_{d}d": Phrase(
        "variety",
        f"{{value}} order [line|lines] {_IN}",
        f"{{value}} [ligne|lignes] de commande {_SUR}",
    ),
    "new_items_{d}d": Phrase(
        "novelty",
        f"{{value}} [item|items] tried for the first time {_IN}",
        f"{{value}} [article essayé|articles essayés] pour la première fois {_SUR}",
    ),
    "discount_share_{d}d": Phrase(
        "discounts", f"{{value}} saved by discounts {_IN}", f"{{value}} de remises {_SUR}",
        en_null="no purchase to speak of", fr_null="aucun achat récent",
    ),
    "discounted_lines_share_{d}d": Phrase(
        "discounts",
        f"{{value}} of lines with a discount {_IN}",
        f"{{value}} de lignes remisées {_SUR}",
        en_null="no purchase to speak of", fr_null="aucun achat récent",
    ),
    # What they were told, and said
    "exposures_{d}d": Phrase(
        "offers", f"{{value}} [offer|offers] received {_IN}",
        f"{{value}} [offre reçue|offres reçues] {_SUR}",
    ),
    "redemptions_{d}d": Phrase(
        "offers", f"{{value}} [offer|offers] taken {_IN}",
        f"{{value}} [offre prise|offres prises] {_SUR}",
    ),
    "acceptance_rate_{d}d": Phrase(
        "offers", "takes {value} of the offers", "prend {value} des offres",
        en_null="no offer in a year", fr_null="aucune offre en un an",
    ),
    "days_since_last_redemption": Phrase(
        "offers", "last offer taken {value} ago", "dernière offre prise il y a {value}",
        en_null="never took an offer", fr_null="n'a jamais pris d'offre",
    ),
    "feedback_requests_{d}d": Phrase(
        "feedback", f"asked for feedback {{value}} [time|times] {_IN}",
        f"avis demandé {{value}} fois {_SUR}",
    ),
    "last_satisfaction": Phrase(
        "satisfaction", "last satisfaction {value} out of 1",
        "dernière satisfaction {value} sur 1",
        en_null="has not told their satisfaction", fr_null="n'a pas dit sa satisfaction",
    ),
    "satisfaction_mean_{d}d": Phrase(
        "satisfaction", "mean satisfaction {value} out of 1", "satisfaction moyenne {value} sur 1",
        en_null="has not told their satisfaction", fr_null="n'a pas dit sa satisfaction",
    ),
    "nps_mean_{d}d": Phrase(
        "satisfaction", "gave {value} out of 10", "a donné {value} sur 10",
        en_null="has not told their satisfaction", fr_null="n'a pas dit sa satisfaction",
    ),
    "contacts_{d}d": Phrase(
        "service", f"contacted the service {{value}} [time|times] {_IN}",
        f"a contacté le service {{value}} fois {_SUR}",
    ),
    "unresolved_contacts": Phrase(
        "service", "{value} open [problem|problems] with the service",
        "{value} [problème ouvert|problèmes ouverts] au service",
    ),
    "oldest_unresolved_days": Phrase(
        "service", "a problem open for {value}", "un problème ouvert depuis {value}",
        en_null="no open problem", fr_null="aucun problème ouvert",
    ),
    "days_since_last_contact": Phrase(
        "service", "contacted the service {value} ago", "a contacté le service il y a {value}",
        en_null="never contacted the service", fr_null="n'a jamais contacté le service",
    ),
    "returns_{d}d": Phrase(
        "returns", f"{{value}} [article|articles] returned {_IN}",
        f"{{value}} [article rendu|articles rendus] {_SUR}",
    ),
    # Visits
    "sessions_{d}d": Phrase(
        "visits", f"{{value}} [visit|visits] to the site or app {_IN}",
        f"{{value}} [visite|visites] du site ou de l'application {_SUR}",
    ),
    "views_{d}d": Phrase(
        "visits", f"{{value}} [page|pages] of products seen {_IN}",
        f"{{value}} [page de produit vue|pages de produits vues] {_SUR}",
    ),
    "days_since_last_event": Phrase(
        "visits", "last visit {value} ago", "dernière visite il y a {value}",
        en_null="never visited the site or app", fr_null="n'a jamais visité le site",
    ),
    "abandoned_carts_{d}d": Phrase(
        "visits", f"{{value}} [item|items] left in the cart {_IN}",
        f"{{value}} [article laissé|articles laissés] au panier {_SUR}",
    ),
    # How long they have been here
    "customer_age_days": Phrase(
        "age", "first purchase {value} ago", "premier achat il y a {value}",
        en_null="never bought", fr_null="n'a jamais acheté",
    ),
    "purchase_span_days": Phrase(
        "age", "bought over {value}", "a acheté pendant {value}",
        en_null="never bought", fr_null="n'a jamais acheté",
    ),
    "tenure_days": Phrase(
        "age", "signed up {value} ago", "inscrit il y a {value}",
        en_null="sign-up not known", fr_null="date d'inscription inconnue",
    ),
}  # fmt: skip

_WINDOW = re.compile(r"_(\d+)d$")
_BY_NAME = {feature.name: feature for feature in FEATURES}
UNITS: Final = {feature.name: feature.unit for feature in FEATURES}
"""Unit of each snapshot column."""


def may_be_told(column: str) -> bool:
    """Return whether a column may be told as a reason: it is known, and not protected."""
    return column in _BY_NAME and not _BY_NAME[column].protected


def phrase_of(column: str) -> Phrase:
    """Return what a column says; of one without a phrase, its description with its number.

    Raises
    ------
    ValueError
        If the column may not be told.
    """
    if not may_be_told(column):
        raise ValueError(f"column {column} may not be told as a reason (protected, or unknown)")
    found = _WINDOW.search(column)
    stem = _WINDOW.sub("_{d}d", column)
    if stem in _TABLE and found:
        return _of_window(_TABLE[stem], found.group(1))
    return _TABLE[column] if column in _TABLE else _described(column)


def _of_window(phrase: Phrase, days: str) -> Phrase:
    def at(text: str) -> str:
        return text.replace("{d}", days)

    return Phrase(
        phrase.theme, at(phrase.en), at(phrase.fr), at(phrase.en_short), at(phrase.fr_short),
        at(phrase.en_null), at(phrase.fr_null),
    )  # fmt: skip


def _described(column: str) -> Phrase:
    """Say the registry's own description: in English, for it has no other."""
    feature = _BY_NAME[column]
    doc = feature.doc.rstrip(".").replace("{", "(").replace("}", ")")
    null = feature.null_means or "not known"
    return Phrase(column, f"{doc}: {{value}}", f"{doc} : {{value}}", "", "", null, null)


def said(column: str, values: dict[str, float], language: Language) -> str:
    """Return a column's phrase for one customer's numbers (NaN is null), by column."""
    phrase = phrase_of(column)
    told = phrase.said(column, values, UNITS, language)
    return told or _described(column).said(column, values, UNITS, language)
