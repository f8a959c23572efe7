"""A decision that is taken: what can be answered and kept of it, now and again."""

from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from serving.stores.packed import PackedBody, pack_body
from serving.stores.ports import ContactRow, Entry, LedgerMark
from serving.stores.rows import PackedRecord
from serving.told import Said, Told, summary_of

HEAD = ("decision_id", "bundle_version", "policy_version", "decided_at")


@dataclass(frozen=True)
class Decided:
    """An answer, and what must be kept before it is given; None for a dry run."""

    answer: Told
    entry: Entry | None = None


@dataclass(frozen=True)
class Known:
    """A decision without its id and its moment.

    Parameters
    ----------
    kind, subject, channel
        As the log has them.
    rest, summary
        Of the answer, see `Told`.
    body
        Of the record; None for a dry run.
    """

    kind: str
    subject: str
    channel: str
    rest: bytes
    summary: Said
    body: PackedBody | None

    @classmethod
    def of(cls, kind: str, subject: str, channel: str, answer: Said, body: Said | None) -> "Known":
        """Put away what is the same whenever the decision is given.

        Parameters
        ----------
        answer
            As the caller is told, head included.
        body
            What the record holds, head included; None for a dry run.
        """
        rest = {name: value for name, value in answer.items() if name not in HEAD}
        return cls(
            kind=kind,
            subject=subject,
            channel=channel,
            # A number that JSON cannot hold (NaN) is told as null.
            rest=to_json(rest, inf_nan_mode="null"),
            summary=summary_of(rest),
            body=None if body is None else pack_body(body),
        )

    def given(
        self,
        head: dict[str, Any],
        contacts: tuple[ContactRow, ...] = (),
        expected: LedgerMark | None = None,
    ) -> Decided:
        """Return it as the answer of this id and moment.

        Parameters
        ----------
        head
            `HEAD` of the answer, each with its value.
        contacts
            Those that it makes.
        expected
            Where the ledger must stand for them; a decision without contacts stands whatever moved.
        """
        told = Told(head, self.rest, self.summary)
        if self.body is None:
            return Decided(told)
        identity = (head["decision_id"], head["decided_at"], self.kind, self.subject, self.channel)
        record = PackedRecord(*identity, body=self.body)
        return Decided(told, Entry(record, contacts, expected if contacts else None))
