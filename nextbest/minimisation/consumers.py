"""Everything that reads canonical tables or snapshot columns beside the feature registry.

The one place where that is said. A test compares it with the code: each file that reads a table
is listed here, and each listed column stands in one of its files.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from features.columns import ANALYTICS, PERSONALISATION

DECIDES, TRAINS, MEASURES, GUARDS, SHOWS = "decides", "trains", "measures", "guards", "shows"
ROLES = (DECIDES, TRAINS, MEASURES, GUARDS, SHOWS)
"""``guards``: consent, identity, stock and the door. ``shows``: for people to read, no more."""

STORAGE = (
    "features/buckets.py", "features/derived.py", "features/ingestion/writing.py",
    "features/render.py", "features/engine/", "features/identity/views.py", "nextbest/online.py",
    "features/erasure/", "serving/customers/rows.py", "serving/privacy/",
)  # fmt: skip
"""Files that name tables to store, cut or hand them on, and use no value for itself."""


@dataclass(frozen=True)
class Reader:
    """A part of the code that reads canonical columns.

    Parameters
    ----------
    name
        What it is, in a few words.
    role
        One of :data:`ROLES`.
    files
        Where the reading is done; a folder ends with ``/``.
    reads
        Table -> columns.
    purpose
        Consent under which it reads rows about persons; empty when it reads none, or when it is
        consent or identity itself.
    """

    name: str
    role: str
    files: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]
    purpose: str = ""


_CONSENTS = ("customer_id", "purpose", "channel", "status", "recorded_at", "expires_at")
_PURCHASES = ("customer_id", "order_id", "purchased_at", "amount")

READERS = (
    Reader(
        "who is in a snapshot, and what each allows", GUARDS, ("features/render.py",),
        {"transactions": ("customer_id", "purchased_at"),
         "customers": ("customer_id", "signed_up_at"), "consents": _CONSENTS},
    ),
    Reader(
        "consent of now", GUARDS,
        ("training/consents.py", "training/experience/allowed.py", "serving/publish.py"),
        {"consents": (*_CONSENTS, "source")},
    ),
    Reader(
        "identity", GUARDS, ("features/identity/",),
        {"identifiers": ("identifier_type", "value", "customer_id", "linked_type",
                         "linked_value", "observed_at", "relation", "match", "confidence"),
         "customers": ("customer_id", "signed_up_at"),
         "transactions": ("customer_id", "purchased_at"), "consents": _CONSENTS},
    ),
    Reader(
        "doctor: stock of products that are none", GUARDS, ("nextbest/doctor/state.py",),
        {"products": ("item_id",)},
    ),
    Reader(
        "links of visitors in the online store", DECIDES, ("serving/publish.py",),
        {"identifiers": ("identifier_type", "value", "observed_at")},
    ),
    Reader(
        "stock gate", GUARDS, ("serving/publish.py",),
        {"stock_levels": ("item_id", "location_id", "quantity", "status", "as_of", "source")},
    ),
    Reader(
        "prices in another scale, at the door", GUARDS, ("features/prices.py",),
        {"transactions": ("item_id", "amount", "discount", "quantity", "line_type"),
         "products": ("item_id", "list_price")},
    ),
    Reader(
        "recommender", DECIDES, ("training/recommender/interactions.py",),
        {"transactions": (*_PURCHASES, "item_id", "line_no", "location_id"),
         "products": ("item_id", "category_path", "status", "launched_at"),
         "customers": ("customer_id",), "consents": _CONSENTS},
        PERSONALISATION,
    ),
    Reader(
        "what follows in a session", DECIDES, ("training/recommender/sessions/load.py",),
        {"events": ("event_id", "visitor_id", "session_id", "occurred_at", "event_type",
                    "item_id", "weight")},
        PERSONALISATION,
    ),
    Reader(
        "what sells to people like a newcomer", DECIDES,
        ("training/recommender/places/segments.py",),
        {"transactions": ("customer_id", "location_id", "channel", "purchased_at"),
         "events": ("visitor_id", "referrer", "occurred_at"),
         "customers": ("customer_id", "country", "postal_code", "locale")},
        PERSONALISATION,
    ),
    Reader(
        "new arrivals", DECIDES, ("training/recommender/places/arrivals.py",),
        {"products": ("item_id", "launched_at")},
    ),
    Reader(
        "labels of churn, of purchase, of response and of contact with the service", TRAINS,
        ("training/models/labels/",),
        {"transactions": ("customer_id", "purchased_at", "amount", "item_id"),
         "products": ("item_id", "category_path"),
         "service_contacts": ("customer_id", "opened_at"),
         "exposures": ("decision_id", "customer_id", "action_id", "channel", "exposed_at",
                       "ends_at"),
         "outcomes": ("decision_id", "outcome", "occurred_at")},
        ANALYTICS,
    ),
    Reader(
        "labels of satisfaction", TRAINS, ("training/models/labels/answers.py",),
        {"feedback": ("customer_id", "metric", "score", "answered_at")},
        ANALYTICS,
    ),
    Reader(
        "whom a new version may not fail", MEASURES, ("training/promotion/segments.py",),
        {"customers": ("customer_id", "birth_year", "country", "postal_code"),
         "transactions": ("customer_id", "purchased_at", "amount")},
        ANALYTICS,
    ),
    Reader(
        "labels of value", TRAINS, ("training/models/value/labels.py",),
        {"transactions": ("customer_id", "purchased_at", "amount", "item_id", "returned_at")},
        ANALYTICS,
    ),
    Reader(
        "catalogue: what may be filtered by, and must not be offered", DECIDES,
        ("training/parts.py",),
        {"products": ("item_id", "category_path", "brand", "list_price", "unit_cost", "status")},
    ),
    Reader(
        "quiet hours in the customer's own time", GUARDS, ("training/parts.py",),
        {"customers": ("customer_id", "country")},
    ),
    Reader(
        "the declared shop of who bought nothing", DECIDES, ("training/parts.py",),
        {"customers": ("customer_id", "home_location_id")},
        PERSONALISATION,
    ),
    Reader(
        "whether anybody allowed what a catalogue needs", GUARDS, ("nextbest/doctor/catalogue.py",),
        {"consents": ("purpose", "channel", "status")},
    ),
    Reader(
        "names of articles in answers", SHOWS, ("training/parts.py",),
        {"products": ("name",)},
    ),
    Reader(
        "experience: answers and requests", MEASURES, ("training/experience/survey.py",),
        {"feedback": ("feedback_id", "customer_id", "metric", "score", "touchpoint", "channel",
                      "request_id", "answered_at"),
         "feedback_requests": ("request_id", "customer_id", "metric", "touchpoint", "channel",
                               "asked_at")},
        ANALYTICS,
    ),
    Reader(
        "experience: journeys and effort", MEASURES,
        ("training/experience/journeys.py", "training/experience/effort.py"),
        {"service_contacts": ("contact_id", "customer_id", "opened_at", "closed_at", "channel",
                              "topic", "resolved"),
         "feedback": ("feedback_id", "customer_id", "metric", "score", "answered_at"),
         "transactions": _PURCHASES},
        ANALYTICS,
    ),
    Reader(
        "experience: where visits end", MEASURES, ("training/experience/funnel.py",),
        {"events": ("session_id", "visitor_id", "occurred_at", "event_type", "item_id", "channel"),
         "stock_levels": ("item_id", "location_id", "as_of", "status"),
         "transactions": ("customer_id", "purchased_at", "amount")},
        ANALYTICS,
    ),
    Reader(
        "what deciding brings", MEASURES, ("training/experiments/purchases.py",),
        {"transactions": ("customer_id", "purchased_at", "amount")},
        ANALYTICS,
    ),
    Reader(
        "experience: what comments say", MEASURES,
        ("training/experience/words.py", "training/experience/evidence.py",
         "features/derived.py"),
        {"feedback": ("feedback_id", "customer_id", "comment", "metric", "score", "answered_at"),
         "service_contacts": ("contact_id", "customer_id", "comment", "opened_at"),
         "social_mentions": ("mention_id", "posted_at", "text")},
        ANALYTICS,
    ),
)  # fmt: skip
"""Beside the registry; lineage adds what features read."""


def outside_columns() -> dict[str, tuple[str, ...]]:
    """Return consumer -> the snapshot columns it asks for by name, outside any bundle.

    Taken from the code that asks, so that it cannot fall behind.
    """
    from training.experience.bias import BALANCED
    from training.models.fitting import RECENCY, RFM
    from training.segments.classes import COLUMNS as CLASSES
    from training.segments.profiles import FIGURES
    from training.segments.traits import COLUMNS as TRAITS

    return {
        "segments": tuple(dict.fromkeys((*CLASSES, *TRAITS))),
        "profiles of segments": FIGURES,
        "weights of non-response": BALANCED,
        "churn: who is at risk, and the baselines": (RECENCY, *RFM[1:]),
    }


OFFERED = "inferred satisfaction (nextbest experience)"
"""This model may pick any snapshot column; what it picks is not kept, so it is not counted."""
