"""Other ways to ask for items; each is a recommendation, with its gates and its record."""

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from serving.requests import (
    Channel,
    Context,
    Count,
    Identifier,
    ItemFilter,
    RecommendationsRequest,
    Request,
    Subject,
)
from serving.shapes import filled, given, one_of

NOBODY = "anonymous"
"""The visitor whom a request about items alone is about."""


class SimilarItemsRequest(Request):
    """Ask for what is like an item or goes with it; nothing of a customer is read."""

    model_config = ConfigDict(json_schema_extra=one_of(given("item_id"), filled("basket")))

    item_id: Identifier | None = None
    """The item to start from, or leave it out and send a basket."""
    basket: tuple[Identifier, ...] = Field(default=(), max_length=200, strict=False)
    """The items to start from."""
    relation: Literal["similar", "complement"] = "similar"
    """What stands in for it, or what is bought with it or soon after it."""
    channel: Channel
    """Where the items will be shown."""
    n: Count = Field(default=10, ge=1, le=100)
    """How many items."""
    location_id: Identifier | None = None
    """The shop or warehouse that would serve the order; stock is read there."""
    exclude_item_ids: tuple[Identifier, ...] = Field(default=(), max_length=1000, strict=False)
    """Items not to offer."""
    filter: ItemFilter = ItemFilter()
    """Restrictions on the items."""
    explain: bool = False
    """Also return why candidates were dropped."""
    language: Literal["en", "fr"] = "en"
    """In which reasons are written."""
    request_id: Identifier | None = None
    """The caller's own id: the same request sent again under it gets the answer it had."""

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        if bool(self.item_id) == bool(self.basket):
            raise PydanticCustomError(
                "exactly_one",
                "needs exactly one of item_id and basket, got {count}",
                {
                    "count": "both" if self.basket else "neither",
                    "remedy": "send item_id or basket, one of them",
                },
            )
        return self

    def recommendation(self) -> RecommendationsRequest:
        """Return the same question as a request for recommendations."""
        return RecommendationsRequest(
            subject=Subject(visitor_id=NOBODY),
            channel=self.channel,
            placement="similar_items",
            n=self.n,
            goal=self.relation,
            context=Context(item_id=self.item_id, basket=self.basket, location_id=self.location_id),
            exclude_item_ids=self.exclude_item_ids,
            filter=self.filter,
            explain=self.explain,
            language=self.language,
            request_id=self.request_id,
        )


class RankRequest(Request):
    """Ask for the order of the caller's own list, for one subject."""

    subject: Subject
    """The customer or visitor."""
    channel: Channel
    """Where the items will be shown."""
    item_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=100, strict=False)
    """1 to 100 items; those that may not be sold or shown are left out of the answer."""
    context: Context = Context()
    """What the subject is doing now; items of the basket are not offered again."""
    explain: bool = False
    """Also return why items were left out."""
    language: Literal["en", "fr"] = "en"
    """In which reasons are written."""
    request_id: Identifier | None = None
    """The caller's own id: the same request sent again under it gets the answer it had."""

    def recommendation(self) -> RecommendationsRequest:
        """Return the same question as a request for recommendations."""
        return RecommendationsRequest(
            subject=self.subject,
            channel=self.channel,
            placement="rank",
            n=len(self.item_ids),
            context=self.context,
            filter=ItemFilter(item_ids=self.item_ids),
            explain=self.explain,
            language=self.language,
            request_id=self.request_id,
        )
