"""What may be asked about customers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.requests import Channel, Identifier, Request
from serving.shapes import any_of, is_one_of

ScoreKind = Literal[
    "churn", "purchase", "value", "response", "uplift", "service_contact", "satisfaction", "other"
]
MOST_EXPLAINED = 100
"""Customers of one request whose scores are explained: reasons cost more than scores."""


class ScoresRequest(Request):
    """Ask what the models say of customers; nothing is decided and nothing recorded."""

    model_config = ConfigDict(
        json_schema_extra=any_of(
            is_one_of("explain", [False]),
            {"properties": {"customer_ids": {"maxItems": MOST_EXPLAINED}}},
        )
    )

    customer_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=1000, strict=False)
    """1 to 1,000 customers; up to 100 with explain."""
    kinds: tuple[ScoreKind, ...] | None = Field(
        default=None, min_length=1, max_length=16, strict=False
    )
    """Which scores; every kind when left out."""
    channel: Channel = "web"
    """Where the scores will be used: consent to personalisation is read for this channel."""
    explain: bool = False
    """Also return the main reasons of each probability."""
    language: Literal["en", "fr"] = "en"
    """In which reasons are written."""


class CustomersQuery(BaseModel):
    """Which page of the customers to return."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    limit: int = Field(default=50, ge=1, le=500)
    """Customers on the page, 1 to 500; 50 when left out."""
    cursor: str | None = Field(default=None, max_length=1000, pattern="^[A-Za-z0-9_=-]*$")
    """`next` of the page before, unchanged; the first page when left out."""
    query: str | None = Field(default=None, max_length=128)
    """Part of a customer_id, in capitals or not; every customer when left out."""


class CustomerQuery(BaseModel):
    """How a customer is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    channel: Channel | None = None
    """Where the customer is met: scores and open actions are for it; web when left out."""
    language: Literal["en", "fr"] | None = None
    """In which reasons are written; English when left out."""
