"""What columns made of contacts, answers and visits say; ``{d}`` stands for the window in days."""

from typing import Final

from features.phrases.words import Phrase

_IN = "in the last {d} days"
_SUR = "en {d} jours"

OF_CONTACTS: Final[dict[str, Phrase]] = {
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
    "declared_fields": Phrase(
        "profile", "{value} of ten fields of the profile filled in",
        "{value} [champ rempli|champs remplis] du profil, sur dix",
    ),
}  # fmt: skip
