"""Everything one screen shows of a customer, from who they are to what would be done for them now.

Orders, returns, service contacts and answers are what a person who serves the customer must see.
What is read to choose for the customer (browsing, scores, inferences) needs their consent to
personalisation here as everywhere; data of third parties need the consent for those.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from serving.application import Answer, Application
from serving.customer_requests import CustomerQuery, ScoresRequest
from serving.customers.history import events_of, newest, orders_of
from serving.customers.rows import CustomerRows, Row
from serving.family import Family
from serving.problems import Problem, shortened
from serving.requests import NextBestActionsRequest, Subject
from serving.stores.opening import Stores
from serving.stores.ports import ConsentRow

MOST: Final = 50
OPEN_ACTIONS: Final = 5
_HASHED: Final = ("email_sha256", "phone_sha256")
_FEEDBACK: Final = ("feedback_id", "metric", "score", "comment", "touchpoint", "channel",
                    "answered_at")  # fmt: skip
_SERVICE: Final = ("contact_id", "opened_at", "closed_at", "channel", "topic", "order_id",
                   "resolved", "comment")  # fmt: skip
_BOUGHT: Final = ("attribute", "value", "provider", "obtained_at")


@dataclass(frozen=True)
class CustomerViews:
    """Draws customers.

    Parameters
    ----------
    stores
        What is known of them now.
    rows
        What is known of them in the tables.
    """

    stores: Stores
    rows: CustomerRows

    def of(self, app: Application, customer_id: str, query: CustomerQuery, now: int) -> Answer:
        """Return the view of a customer: the answer of ``GET /v1/customers/{customer_id}``.

        Raises
        ------
        Problem
            404, when nothing is known of them.
        """
        family = Family.around(self.stores.persons, [customer_id])
        person = family.person(customer_id)
        ids = sorted(family.members([person]))
        rows = self.rows.of(ids)
        posted = self.stores.events.of_customers(ids, 0)
        consents = self.stores.consents.for_customers(ids)
        contacts = self.stores.ledger.recent(ids, 0)
        known = not app.unknown_customers([person])
        if not (known or rows or posted or consents or contacts):
            raise unknown_customer(customer_id)
        scored = self._scored(app, person, query)
        tailored = scored["reason"] is None
        name_of = app.item_name
        return {
            "customer_id": person,
            "other_ids": [each for each in ids if each != person],
            "profile": _profile(rows),
            "identifiers": _identifiers(rows.get("identifiers", ())),
            "history": orders_of(rows.get("transactions", ()), name_of),
            "events": events_of(rows.get("events", ()), posted, name_of) if tailored else None,
            "scores": scored["scores"],
            "scores_reason": scored["reason"],
            "consents": _consents(consents),
            "contacts": [row._asdict() for row in reversed(contacts)][:MOST],
            **self._open_actions(app, person, query, known=known),
            "service_contacts": newest(
                rows.get("service_contacts", ()), "opened_at", _SERVICE, MOST
            ),
            "feedback": newest(rows.get("feedback", ()), "answered_at", _FEEDBACK, MOST),
            "third_party": _third_party(rows, consents, now),
            "shown_at": now,
            "bundle_version": app.bundle_version,
            "policy_version": app.policy_version,
        }

    def _scored(self, app: Application, person: str, query: CustomerQuery) -> Answer:
        request = ScoresRequest(
            customer_ids=(person,),
            channel=query.channel or "web",
            explain=True,
            language=query.language or "en",
        )
        scored: Answer = app.scores(request)["customers"][0]
        return scored

    def _open_actions(
        self, app: Application, person: str, query: CustomerQuery, *, known: bool
    ) -> Answer:
        """Return what would be done if they came to us now; nothing is recorded."""
        if not known:
            return {"open_actions": [], "open_actions_arm": None}
        request = NextBestActionsRequest(
            subject=Subject(customer_id=person),
            channel=query.channel or "web",
            n=OPEN_ACTIONS,
            dry_run=True,
        )
        decided = app.next_best_actions(request)
        return {"open_actions": decided["actions"], "open_actions_arm": decided["arm"]}


def unknown_customer(customer_id: str) -> Problem:
    """Return the refusal for somebody of whom nothing is known, or is known no more."""
    return Problem(
        404,
        "unknown_customer",
        f"There is no customer {shortened(customer_id)}.",
        "customer_id",
        "use a customer_id of GET /v1/customers",
    )


def _profile(rows: dict[str, list[Row]]) -> Answer | None:
    """Return what was declared; of a person of several ids, what any of them declared last."""
    declared: Answer = {}
    for row in sorted(rows.get("customers", ()), key=lambda row: str(row["customer_id"])):
        told = {name: value for name, value in row.items() if value is not None}
        declared = {**dict.fromkeys(row), **declared, **told}
    return {name: value for name, value in declared.items() if name != "source"} or None


def _identifiers(rows: Sequence[Row]) -> list[Answer]:
    """Return the kinds of identifiers; a value only where it is a hash."""
    ordered = sorted(rows, key=lambda row: (-row["observed_at"], row["identifier_type"]))
    return [
        {
            "identifier_type": row["identifier_type"],
            "value": row["value"] if row["identifier_type"] in _HASHED else None,
            "observed_at": row["observed_at"],
        }
        for row in ordered[:MOST]
    ]


def _consents(rows: Sequence[ConsentRow]) -> list[Answer]:
    ordered = sorted(rows, key=lambda row: (row.purpose, row.channel, row.customer_id))
    return [{k: v for k, v in row._asdict().items() if k != "sequence"} for row in ordered]


def _third_party(
    rows: dict[str, list[Row]], consents: Sequence[ConsentRow], now: int
) -> list[Answer] | None:
    """Return what others sold of them, None where they did not allow its use."""
    granted = [
        row.status == "granted" and (row.expires_at is None or row.expires_at > now)
        for row in consents
        if row.purpose == "third_party_data"
    ]
    if not granted or not all(granted):
        return None
    valid = [r for r in rows.get("third_party", ()) if (r["expires_at"] or now + 1) > now]
    return newest(valid, "obtained_at", _BOUGHT, MOST)
