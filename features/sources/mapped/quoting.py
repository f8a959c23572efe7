"""Names and texts, as SQL spells them."""


def quoted(name: str) -> str:
    """Render an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Render a text."""
    return "'" + text.replace("'", "''") + "'"
