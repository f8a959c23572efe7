"""Visitors who are nobody we know: whose consent they themselves gave."""

_MARK = "\x1fvisitor:"


def consent_key(visitor_id: str) -> str:
    """Return the name under which the consent store keeps a visitor's statements.

    No id holds control characters, so it is never that of a customer.
    """
    return _MARK + visitor_id
