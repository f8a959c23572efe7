"""What columns made of purchases say; ``{d}`` stands for the window in days."""

from typing import Final

from features.phrases.words import Phrase

_IN = "in the last {d} days"
_SUR = "en {d} jours"

OF_PURCHASES: Final[dict[str, Phrase]] = {
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
        "no purchase for {days_since_last_purchase}, usually every {gap_days_median}",
        "aucun achat depuis {days_since_last_purchase}, d'ordinaire un tous les {gap_days_median}",
        "last purchase {value} times the usual gap ago",
        "dernier achat il y a {value} fois l'intervalle habituel",
        "bought once only, or never",
        "a acheté une seule fois, ou jamais",
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
        "frequency", f"bought on {{value}} {_IN}", f"{{value}} d'achat {_SUR}"
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
        "basket", "mean order of {value}", "commande moyenne de {value}",
        en_null="no order in {d} days", fr_null="aucune commande en {d} jours",
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
}  # fmt: skip
