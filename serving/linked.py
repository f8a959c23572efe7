"""Links as they may be posted: a visitor was seen to be a customer, a moment ago."""

from typing import Any

from pydantic import Field

from serving.moments import PastMoment, now
from serving.requests import Identifier, Request
from serving.shapes import named_if_not


class Link(Request):
    """A cookie or device that is a customer's: they logged in, or opened a link of their own."""

    visitor_id: Identifier
    """The cookie or device."""
    customer_id: Identifier
    """Whose it is."""
    observed_at: PastMoment = Field(default_factory=now, validate_default=True)
    """When that was seen; of two links of one visitor, the newer holds. Now when left out."""


class LinksRequest(Request):
    """Links; good ones are taken even when others are bad."""

    identifiers: tuple[Link, ...] = Field(
        min_length=1, max_length=1000, strict=False, json_schema_extra=named_if_not
    )
    """1 to 1,000 links; one that is at fault is named, the others are taken."""


class LinksEnvelope(Request):
    """The same body with its links unread, for checking them one by one."""

    identifiers: tuple[Any, ...] = Field(min_length=1, max_length=1000, strict=False)
    """1 to 1,000 values, each to be read as a ``Link``."""
