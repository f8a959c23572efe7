"""After a fault: nothing acknowledged was lost, and no decision of the log breaks a gate.

The log is set against the history of consents, the stock it was taken on and the contacts, all
read back from the store; the rules are read from the bundle's YAML, and none of the code that
decided is asked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Table, create_engine, select

from serving.stores import Stores, open_stores
from serving.stores.tables import consents, contacts, events
from tests.faults.load import Told

DAY = 86_400
EVER = 2**62
Row = Mapping[str, Any]


class Audit:
    """What a store holds, as its own tables tell it.

    Parameters
    ----------
    url
        Of the store.
    bundle
        Folder of the bundle that decided; of several, their rules on consent and caps are alike.
    """

    def __init__(self, url: str, bundle: Path) -> None:
        self._url = url
        self._actions = yaml.safe_load((bundle / "actions.yaml").read_text())["actions"]
        self._policy = yaml.safe_load((bundle / "policy.yaml").read_text())
        stores = open_stores(url)
        self.log = {one["decision_id"]: one for one in _log(stores)}
        stores.close()
        self._consents: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows(consents):
            self._consents[row["customer_id"]].append(row)

    def faults(self, told: Told) -> list[str]:
        """Say what was lost, mixed, or decided against a gate."""
        return [
            *self.lost(told),
            *(fault for record in self.log.values() for fault in self.broken_gates(record)),
            *self.broken_caps(),
        ]

    def lost(self, told: Told) -> Iterator[str]:
        """Say which acknowledged decision or event the store does not hold as it was answered."""
        for answer in told.decided():
            record = self.log.get(answer["decision_id"])
            if record is None:
                yield f"{answer['decision_id']} was answered and is not in the log"
            elif any(answer[name] != record[name] for name in ("bundle_version", "policy_version")):
                yield f"{answer['decision_id']} was decided by another bundle than it says"
        kept = {row["event_id"] for row in self._rows(events)}
        for event in told.posted:
            if event["event_id"] not in kept:
                yield f"{event['event_id']} was acknowledged and is not in the store"

    def broken_gates(self, record: Row) -> Iterator[str]:
        """Say what a decision did that consents or stock forbade at its moment."""
        name, at, channel = record["decision_id"], record["decided_at"], record["channel"]
        held = [
            row
            for row in self._consents[record["subject"]]
            if row["sequence"] <= record["consent_version"]
        ]
        actions = record.get("actions", ())
        if record.get("personalised") and not granted(held, "personalisation", channel, at):
            yield f"{name} is personal without consent"
        for item in [*record.get("items", ()), *(i for one in actions for i in one["items"])]:
            figure, oldest = item["stock"], at - self._policy["stock"]["max_age_hours"] * 3600
            if not figure["quantity"] > 0 or figure["as_of"] < oldest:
                yield f"{name} offers {item['item_id']}, which was not in stock"
        purposes = {one["id"]: one.get("purpose", "marketing") for one in self._actions}
        for action in actions if record["request"].get("direction") == "outbound" else ():
            purpose = purposes[action["action_id"]]
            if purpose and not granted(held, purpose, channel, at):
                yield f"{name} contacts by {channel} without consent"

    def broken_caps(self) -> Iterator[str]:
        """Say who was contacted more often than the limits on a channel allow."""
        caps = {
            one["channel"]: one
            for one in self._policy["contact_limits"]
            if one["outcome"] == "shown" and "channel" in one
        }
        made: dict[tuple[str, str], dict[tuple[str, str], int]] = defaultdict(dict)
        for row in self._rows(contacts):
            if row["outcome"] == "shown" and row["channel"] in caps:
                # Reported as shown again, it is the same contact.
                made[row["customer_id"], row["channel"]].setdefault(
                    (row["decision_id"], row["action_id"]), row["at"]
                )
        for (customer, channel), contacted in made.items():
            cap, moments = caps[channel], sorted(contacted.values())
            for k, at in enumerate(moments):
                within = sum(moment < at + cap["days"] * DAY for moment in moments[k:])
                if within > cap["count"]:
                    yield f"{customer} was contacted {within} times by {channel}"

    def _rows(self, table: Table) -> list[dict[str, Any]]:
        engine = create_engine(self._url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
        engine.dispose()
        return rows


def granted(held: Sequence[Row], purpose: str, channel: str, at: int) -> bool:
    """Tell whether the newest statement allows a purpose on a channel; silence is a refusal."""
    binding = [
        row
        for row in held
        if row["purpose"] == purpose
        and row["channel"] in (channel, "any")
        and (row["status"] != "granted" or row["recorded_at"] <= at)
    ]
    if not binding:
        return False
    last = max(binding, key=lambda r: (r["recorded_at"], r["status"] != "granted", r["sequence"]))
    return last["status"] == "granted" and (last["expires_at"] or EVER) > at


def _log(stores: Stores) -> Iterator[dict[str, Any]]:
    """Read every record whole: a half-written one could not be read."""
    for kind in ("recommendations", "next_best_actions"):
        for record in stores.decisions.of_kind(kind, 0, EVER):
            yield record.body | {name: one for name, one in vars(record).items() if name != "body"}
