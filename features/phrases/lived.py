"""What columns made of answers, comments and troubles say; ``{d}`` is the window in days."""

from typing import Final

from features.phrases.words import Phrase

_IN = "in the last {d} days"
_SUR = "en {d} jours"
_NOT_TOLD = "has not told their satisfaction"
_PAS_DIT = "n'a pas dit sa satisfaction"

OF_WHAT_WAS_LIVED: Final[dict[str, Phrase]] = {
    # What they answered, and wrote
    "days_since_last_feedback": Phrase(
        "feedback", "last answer to a survey {value} ago", "dernier avis il y a {value}",
        en_null="never answered a survey", fr_null="n'a jamais donné d'avis",
    ),
    "answer_rate_{d}d": Phrase(
        "feedback", f"answered {{value}} of the surveys {_IN}",
        f"a répondu à {{value}} des demandes d'avis {_SUR}",
        en_null="was not asked for feedback", fr_null="aucun avis demandé",
    ),
    "satisfaction_min_{d}d": Phrase(
        "satisfaction", f"worst satisfaction {{value}} out of 1 {_IN}",
        f"pire satisfaction {{value}} sur 1 {_SUR}",
        en_null=_NOT_TOLD, fr_null=_PAS_DIT,
    ),
    "satisfaction_change": Phrase(
        "satisfaction", "satisfaction moved by {value} on a scale of 1",
        "satisfaction en évolution de {value} sur une échelle de 1",
        en_null="answered once at most", fr_null="un avis au plus",
    ),
    "low_answers_share_{d}d": Phrase(
        "satisfaction", f"{{value}} of their answers were bad {_IN}",
        f"{{value}} d'avis mauvais {_SUR}",
        en_null=_NOT_TOLD, fr_null=_PAS_DIT,
    ),
    "last_sentiment": Phrase(
        "comments", "tone of the last comment {value} out of 1",
        "ton du dernier commentaire {value} sur 1",
        en_null="wrote no comment", fr_null="n'a pas écrit de commentaire",
    ),
    "sentiment_mean_{d}d": Phrase(
        "comments", f"mean tone of the comments {{value}} out of 1 {_IN}",
        f"ton moyen des commentaires {{value}} sur 1 {_SUR}",
        en_null="wrote no comment", fr_null="n'a pas écrit de commentaire",
    ),
    "negative_comments_{d}d": Phrase(
        "comments", f"{{value}} bad [comment|comments] {_IN}",
        f"{{value}} [commentaire négatif|commentaires négatifs] {_SUR}",
    ),
    # Trouble with the service
    "repeat_contacts_{d}d": Phrase(
        "service", f"called back within a week {{value}} [time|times] {_IN}",
        f"a rappelé dans la semaine {{value}} fois {_SUR}",
    ),
    "resolution_hours_mean_{d}d": Phrase(
        "service", "problems settled in {value} on average",
        "problèmes réglés en {value} en moyenne",
        en_null="no problem settled in a year", fr_null="aucun problème réglé en un an",
    ),
    "unresolved_share_{d}d": Phrase(
        "service", f"{{value}} of the contacts with the service not settled {_IN}",
        f"{{value}} des contacts avec le service non réglés {_SUR}",
        en_null="no contact with the service in a year",
        fr_null="aucun contact avec le service en un an",
    ),
    "contacts_per_order_{d}d": Phrase(
        "service", f"{{value}} contacts with the service an order {_IN}",
        f"{{value}} contact avec le service par commande {_SUR}",
        en_null="bought nothing in a year", fr_null="aucun achat en un an",
    ),
    # Trouble in the shop
    "stock_outs_met_{d}d": Phrase(
        "stock", f"wanted {{value}} [item that was|items that were] out of stock {_IN}",
        f"a voulu {{value}} [article épuisé|articles épuisés] {_SUR}",
    ),
    "stock_out_share_{d}d": Phrase(
        "stock", f"{{value}} of the items seen were out of stock {_IN}",
        f"{{value}} des articles vus étaient épuisés {_SUR}",
        en_null="saw no item online", fr_null="aucun article vu en ligne",
    ),
    "empty_search_share_{d}d": Phrase(
        "searches", f"{{value}} of the searches found nothing {_IN}",
        f"{{value}} de recherches sans résultat {_SUR}",
        en_null="no search", fr_null="aucune recherche",
    ),
    "cart_abandonment_rate_{d}d": Phrase(
        "visits", f"{{value}} of the visits with a cart ended without an order {_IN}",
        f"{{value}} des visites avec panier sans commande {_SUR}",
        en_null="no visit with a cart", fr_null="aucune visite avec panier",
    ),
    "conversion_rate_{d}d": Phrase(
        "visits", f"{{value}} of the visits ended with an order {_IN}",
        f"{{value}} des visites suivies d'une commande {_SUR}",
        en_null="no visit", fr_null="aucune visite",
    ),
    "return_rate_{d}d": Phrase(
        "returns", f"returns against lines bought: {{value}} {_IN}",
        f"retours par ligne achetée : {{value}} {_SUR}",
        en_null="bought nothing in a year", fr_null="aucun achat en un an",
    ),
    "payment_days_mean_{d}d": Phrase(
        "payment", "pays within {value} on average", "paie sous {value} en moyenne",
        en_null="time of payment not known", fr_null="délai de paiement inconnu",
    ),
}  # fmt: skip
