"""Stages of the funnel and reason codes, as data: order, code, sentence in English and French."""

from dataclasses import dataclass
from typing import Final

STAGES: Final = (
    "known",
    "active",
    "eligibility",
    "consent",
    "stock",
    "contact_policy",
    "score",
    "arbitration",
    "control",
    "slate",
)


@dataclass(frozen=True)
class Reason:
    """Why a candidate stopped at a stage.

    Parameters
    ----------
    code
        What machines read; it never changes its meaning.
    stage
        One of `STAGES`.
    en, fr
        What people read.
    """

    code: str
    stage: str
    en: str
    fr: str


# Index 0 is the verdict "passed", so a fresh array of zeros lets everything through and every
# refusal is a value somebody wrote on purpose. The position is what arrays hold; append only.
REASONS: Final = (
    Reason("passed", "slate", "Passed every gate.", "A passé tous les contrôles."),
    Reason("unknown_subject", "known", "We do not know this subject.", "Sujet inconnu."),
    Reason("not_active", "active", "Not valid on this date.", "Hors de sa période de validité."),
    Reason("discontinued", "stock", "No longer sold.", "N'est plus vendu."),
    Reason(
        "channel_not_supported",
        "eligibility",
        "Not made for this channel.",
        "N'existe pas sur ce canal.",
    ),
    Reason(
        "condition_false",
        "eligibility",
        "Its condition is not met.",
        "Sa condition n'est pas remplie.",
    ),
    Reason(
        "condition_unknown",
        "eligibility",
        "Its condition needs data that we do not have.",
        "Sa condition demande des données absentes.",
    ),
    Reason(
        "filtered",
        "eligibility",
        "Outside the filter of the request.",
        "Hors du filtre de la demande.",
    ),
    Reason("excluded", "eligibility", "Excluded by the request.", "Exclu par la demande."),
    Reason(
        "consent_unknown",
        "consent",
        "Consent was never given.",
        "Le consentement n'a jamais été donné.",
    ),
    Reason("consent_denied", "consent", "Consent was refused.", "Le consentement a été refusé."),
    Reason(
        "consent_withdrawn", "consent", "Consent was withdrawn.", "Le consentement a été retiré."
    ),
    Reason("consent_expired", "consent", "Consent has expired.", "Le consentement a expiré."),
    Reason(
        "stock_unknown",
        "stock",
        "No stock figure for this location.",
        "Stock inconnu à cet endroit.",
    ),
    Reason(
        "stock_stale",
        "stock",
        "The stock figure is too old.",
        "Le chiffre de stock est trop ancien.",
    ),
    Reason("out_of_stock", "stock", "Out of stock.", "En rupture de stock."),
    Reason(
        "no_sellable_item",
        "stock",
        "None of its items can be sold now.",
        "Aucun de ses articles n'est vendable.",
    ),
    Reason(
        "contact_cap",
        "contact_policy",
        "The contact limit is reached.",
        "La limite de contacts est atteinte.",
    ),
    Reason(
        "cool_down",
        "contact_policy",
        "Too soon after the last one.",
        "Trop tôt après le précédent.",
    ),
    Reason("quiet_hours", "contact_policy", "Quiet hours.", "Heures de silence."),
    Reason(
        "negative_value",
        "arbitration",
        "Costs more than it is expected to bring.",
        "Coûte plus qu'il ne devrait rapporter.",
    ),
    Reason(
        "control_group",
        "control",
        "The customer is in the control group.",
        "Le client est dans le groupe témoin.",
    ),
    Reason("not_in_slate", "slate", "Others ranked higher.", "D'autres ont un meilleur rang."),
    Reason(
        "fatigue",
        "contact_policy",
        "Too many contacts in a row without an answer.",
        "Trop de contacts de suite sans réponse.",
    ),
    Reason(
        "journey",
        "contact_policy",
        "The customer is in the middle of something that comes first.",
        "Le client est au milieu d'un parcours qui passe avant.",
    ),
    Reason(
        "price_floor",
        "stock",
        "At this discount it would sell under its floor margin.",
        "À cette remise, il se vendrait sous sa marge plancher.",
    ),
    Reason(
        "budget_spent",
        "arbitration",
        "The budget went to customers for whom it does more.",
        "Le budget est allé à des clients pour qui il rapporte davantage.",
    ),
)

PASSED: Final = 0
CODE: Final = {reason.code: index for index, reason in enumerate(REASONS)}


def sentence(verdict: int, language: str = "en") -> str:
    """Return the sentence of a verdict in English (``en``) or French (``fr``)."""
    reason = REASONS[verdict]
    return reason.fr if language == "fr" else reason.en
