"""The canonical tables, each declared once.

Times are BIGINT epoch seconds UTC, money is BIGINT cents, ids are VARCHAR. Every table ends
with ``source``: the adapter that gave the row, or ``simulated``.
"""

from collections.abc import Sequence

from features.columns import (
    MARKETING_CHANNELS,
    PURPOSES,
    SOURCE,
    Check,
    Column,
    Table,
    count,
    ident,
    instant,
    money,
    text,
)

__all__ = ["SIMULATED", "TABLES", "Check", "Column", "Table"]

SIMULATED = "simulated"
LINE_TYPES = ("sale", "return", "fee", "adjustment")
IDENTIFIER_TYPES = (
    "cookie", "device", "loyalty_card", "email_sha256", "phone_sha256", "crm_id", "social",
)  # fmt: skip

_SOURCE = Column(SOURCE, "VARCHAR", "text", False, "Adapter that gave the row, or 'simulated'.")

_SCORE_RANGES = (
    "(metric = 'nps' and score not between 0 and 10)"
    " or (metric = 'ces' and score not between 1 and 7)"
    " or (metric in ('csat', 'stars') and score not between 1 and 5)"
)


def _table(
    name: str,
    key: Sequence[str],
    *columns: Column,
    required: bool = False,
    checks: tuple[Check, ...] = (),
) -> Table:
    return Table(name, tuple(key), (*columns, _SOURCE), required, checks)


def _not_before(end: str, start: str) -> Check:
    return Check(
        end,
        f"{end} < {start}",
        f"before {start}",
        f"swap or correct {start} and {end}.",
    )


_PRODUCTS = _table(
    "products",
    ["item_id"],
    ident("item_id", "Article, at the level that is sold."),
    text("name", "Display name; null when the shop has none."),
    text("category_path", "Levels from wide to narrow, joined by ' > '; null when unknown."),
    text("brand", "Brand or brand kind; null when unknown."),
    money("list_price", "Price of one unit before discounts; null when never sold.", nullable=True),
    money("unit_cost", "What one unit costs the shop; null when not told.", nullable=True),
    text("status", "Whether the article is still sold.", values=("active", "discontinued")),
    text("description", "Longer text; null when the shop has none."),
    instant("launched_at", "First day on sale; null when not told.", nullable=True),
    required=True,
)

_CUSTOMERS = _table(
    "customers",
    ["customer_id"],
    ident("customer_id", "Customer, household or account."),
    instant("signed_up_at", "When the account was opened; null when not told.", nullable=True),
    count("birth_year", "Declared; null when not.", nullable=True, low=1900, high=2100),
    text("country", "ISO 3166 code; null when not declared."),
    text("postal_code", "Null when not declared."),
    text("locale", "Language and region, as en-GB; null when not declared."),
    ident("home_location_id", "Declared shop; null when not declared.", nullable=True),
    text("age_band", "Declared, as '25-34' or '65+'; null when not."),
    text("income_band", "Declared yearly income, as '35-49K'; null when not."),
    text("household_size", "Declared persons, as '2' or '5+'; null when not."),
    text("kids_count", "Declared children, as '0' or '3+'; null when not."),
    text("home_ownership", "Declared; null when not."),
    text("marital_status", "Declared; null when not."),
)

_IDENTIFIERS = _table(
    "identifiers",
    ["identifier_type", "value", "customer_id", "linked_type", "linked_value", "observed_at"],
    text("identifier_type", "What kind of identifier this is.", values=IDENTIFIER_TYPES),
    ident("value", "The identifier, hashed when it is personal."),
    ident("customer_id", "Whose it is; null when linked to an identifier.", nullable=True),
    text("linked_type", "Type of the identifier it is linked to; null with a customer."),
    text("linked_value", "Value of the identifier it is linked to; null with a customer."),
    instant("observed_at", "When the link was seen: it counts only after."),
    text("relation", "Whether the link joins, or undoes an earlier one (un-merge).",
         values=("same", "different"), default="same"),
    text("match", "Whether the link is certain (a log-in, a card) or likely (a fuzzy match).",
         values=("exact", "fuzzy"), default="exact"),
    Column("confidence", "DOUBLE", "0..1", True, "Probability of a fuzzy match; null when exact.",
           low=0, high=1),
    checks=(
        Check(
            "customer_id",
            "customer_id is null and (linked_type is null or linked_value is null)",
            "links to nothing",
            "give customer_id, or linked_type and linked_value.",
        ),
    ),
)  # fmt: skip

_TRANSACTIONS = _table(
    "transactions",
    ["order_id", "line_no"],
    ident("order_id", "Order, till receipt or credit note."),
    count("line_no", "Line of the order, from 1.", low=1),
    ident("customer_id", "Who bought; null at a guest checkout or a till without a card.",
          nullable=True),
    ident("item_id", "What was bought; null on a fee or an adjustment.", nullable=True,
          references="products.item_id"),
    instant("purchased_at", "When; of a return line, when it came back."),
    text("line_type", "What the line is: goods sold, goods returned, a service (postage, a fee),"
         " or a correction of the books.", values=LINE_TYPES, default="sale"),
    count("quantity", "Units; 0 on a line that carries no goods, negative on a return.", low=None,
          high=1_000_000),
    money("amount", "What the line brought in, after discounts; 0 is real (a free article),"
          " negative on a return.", low=None),
    money("discount", "Taken off the line."),
    text("channel", "shop, web, app, ...", nullable=False),
    ident("location_id", "Shop; null online.", nullable=True),
    text("payment_method", "Null when not told."),
    instant("paid_at", "Null when not told.", nullable=True),
    instant("returned_at", "When a sold line came back; null when kept, or not told.",
            nullable=True),
    text("label", "What a line without an item is: postage, discount, ...; null elsewhere."),
    required=True,
    checks=(
        Check(
            "returned_at",
            "returned_at < purchased_at",
            "before purchased_at",
            "swap or correct purchased_at and returned_at.",
        ),
        Check(
            "amount",
            "amount < 0 and line_type in ('sale', 'fee')",
            "negative but not a return",
            "set line_type to return or adjustment, or correct the sign.",
        ),
        Check(
            "quantity",
            "quantity < 0 and line_type in ('sale', 'fee')",
            "negative but not a return",
            "set line_type to return or adjustment, or correct the sign.",
        ),
        Check(
            "quantity",
            "line_type = 'return' and (quantity > 0 or amount > 0)",
            "positive on a return",
            "a return has a quantity and an amount of 0 or less.",
        ),
        Check(
            "item_id",
            "item_id is null and line_type in ('sale', 'return')",
            "missing",
            "fill in item_id, or set line_type to fee or adjustment.",
        ),
    ),
)  # fmt: skip

_EVENTS = _table(
    "events",
    ["event_id"],
    ident("event_id", "Unique id of the event."),
    ident("visitor_id", "Cookie or device; reaches a customer only through identifiers."),
    ident("session_id", "Visit."),
    instant("occurred_at", "When."),
    text(
        "event_type",
        "What the visitor did.",
        values=(
            "page_view", "product_view", "search", "add_to_cart", "remove_from_cart", "checkout",
            "wishlist",
        ),
    ),
    ident("item_id", "Article; null when the event has none.", nullable=True),
    text("query", "Words searched; null outside searches."),
    count("results", "Articles the search found; null outside searches, or not told.",
          nullable=True),
    text("referrer", "Where the visit came from; null when not told."),
    text("device", "mobile, desktop, tablet; null when not told."),
    text("channel", "web or app; null when not told."),
    Column("weight", "DOUBLE", "interest", True,
           "How much interest the event shows (sources.yaml); null counts as 1.", low=0),
)  # fmt: skip

_STOCK_LEVELS = _table(
    "stock_levels",
    ["item_id", "location_id", "as_of"],
    ident("item_id", "Article.", references="products.item_id"),
    ident("location_id", "Shop, or 'online'."),
    count("quantity", "Units on hand."),
    text("status", "Whether it can be sold.", values=("in_stock", "out_of_stock", "discontinued")),
    instant("as_of", "When the level was taken: it holds until the next one."),
    checks=(
        Check(
            "quantity",
            "(status = 'in_stock') <> (quantity > 0)",
            "contradicts the status",
            "in_stock needs a quantity above 0, any other status 0.",
        ),
    ),
)

_CONSENTS = _table(
    "consents",
    ["customer_id", "purpose", "channel", "recorded_at"],
    ident("customer_id", "Who decided."),
    text("purpose", "What the data may be used for.", values=PURPOSES),
    text("channel", "Contact channel, or any.", values=("any", *MARKETING_CHANNELS)),
    text("status", "The decision.", values=("granted", "denied", "withdrawn")),
    instant("recorded_at", "When it was recorded: the latest one holds."),
    instant("expires_at", "End of a grant; null when open.", nullable=True, may_be_future=True),
)

_FEEDBACK = _table(
    "feedback",
    ["feedback_id"],
    ident("feedback_id", "Unique id of the answer."),
    ident("customer_id", "Who answered."),
    text("metric", "Which scale.", values=("nps", "csat", "ces", "stars")),
    Column("score", "BIGINT", "count", False,
           "On its scale: nps 0-10, csat 1-5, ces 1-7 (7 is easy), stars 1-5."),
    text("comment", "Free words; null when none."),
    text("touchpoint", "shop, web, service, ...; null when not told."),
    text("channel", "How it was answered: web, email, sms, ...; null when not told."),
    ident("request_id", "The request it answers; null when nobody asked, or not told.",
          nullable=True),
    instant("answered_at", "When."),
    checks=(Check("score", _SCORE_RANGES, "outside the scale of its metric", "see the scales."),),
)  # fmt: skip

_FEEDBACK_REQUESTS = _table(
    "feedback_requests",
    ["request_id"],
    ident("request_id", "Unique id of the request."),
    ident("customer_id", "Who was asked."),
    text("metric", "Which scale.", values=("nps", "csat", "ces", "stars")),
    text("touchpoint", "shop, web, service, ...; null when not told."),
    text("channel", "How it was asked: web, email, sms, ...; null when not told."),
    instant("asked_at", "When."),
)

_SERVICE_CONTACTS = _table(
    "service_contacts",
    ["contact_id"],
    ident("contact_id", "Unique id of the contact."),
    ident("customer_id", "Who asked."),
    instant("opened_at", "When."),
    instant("closed_at", "Null while open.", nullable=True),
    text("channel", "phone, email, chat, ...; null when not told."),
    text("topic", "What about; null when not told."),
    ident("order_id", "The order it is about; null when none, or not told.", nullable=True),
    Column("resolved", "BOOLEAN", "yes or no", True, "Null when not told."),
    text("comment", "Free words; null when none."),
    checks=(_not_before("closed_at", "opened_at"),),
)

_SOCIAL_MENTIONS = _table(
    "social_mentions",
    ["mention_id"],
    ident("mention_id", "Unique id of the mention."),
    ident("identifier", "Account that posted (an identifier of type social); null when not told.",
          nullable=True),
    instant("posted_at", "When."),
    text("network", "Which network; null when not told."),
    text("text", "Words posted; null when not kept."),
)  # fmt: skip

_THIRD_PARTY = _table(
    "third_party",
    ["customer_id", "attribute", "provider", "obtained_at"],
    ident("customer_id", "Whom it describes."),
    text("attribute", "What it says.", nullable=False),
    text("value", "Its value; null when the provider has none."),
    text("provider", "Who sold or lent it.", nullable=False),
    instant("obtained_at", "When it came in."),
    instant("expires_at", "End of the right to use it; null when open.", nullable=True,
            may_be_future=True),
)  # fmt: skip

_EXPOSURES = _table(
    "exposures",
    ["decision_id"],
    ident("decision_id", "The decision that showed it."),
    ident("customer_id", "To whom."),
    ident("action_id", "Action shown; null when an item was.", nullable=True),
    ident("item_id", "Item shown; null when an action was.", nullable=True),
    text("channel", "Where.", nullable=False),
    instant("exposed_at", "When."),
    Column("action_probability", "DOUBLE", "0..1", True, "Of the logging policy; null unknown.",
           low=0, high=1),
    text("arm", "Group of the customer.", values=("policy", "control", "random")),
    ident("campaign_id", "Campaign; null outside campaigns.", nullable=True),
    instant("ends_at", "Planned end of the offer; null when open.", nullable=True,
            may_be_future=True),
)  # fmt: skip

_OUTCOMES = _table(
    "outcomes",
    ["outcome_id"],
    ident("outcome_id", "Unique id of the outcome."),
    ident("decision_id", "What it answers; null when it cannot be told.", nullable=True),
    ident("customer_id", "Who; null when only the decision is known.", nullable=True),
    ident("action_id", "Action; null for an item.", nullable=True),
    ident("item_id", "Item; null for an action.", nullable=True),
    text(
        "outcome",
        "What came of it.",
        values=("shown", "clicked", "accepted", "rejected", "purchased", "ignored"),
    ),
    Column("value", "BIGINT", "cents", True, "What it brought; null when unknown."),
    instant("occurred_at", "When."),
)

# In the order of the door: a table comes after the tables it refers to.
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _PRODUCTS, _CUSTOMERS, _IDENTIFIERS, _TRANSACTIONS, _EVENTS, _STOCK_LEVELS, _CONSENTS,
        _FEEDBACK, _FEEDBACK_REQUESTS, _SERVICE_CONTACTS, _SOCIAL_MENTIONS, _THIRD_PARTY,
        _EXPOSURES, _OUTCOMES,
    )
}  # fmt: skip
