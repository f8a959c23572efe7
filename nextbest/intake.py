"""What follows whenever rows came in: the store, who is who, and the comments, in step."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from features.settings import Settings
from nextbest.online import read_comments, statements
from nextbest.opened import opened_stores

if TYPE_CHECKING:
    from features.reports import IngestReport
    from features.sources.base import Source


def load(
    s: Settings,
    sources: "Sequence[Source]",
    moment: int,
    *,
    max_bad: float = 0.01,
    force: bool = False,
    progress: bool = True,
) -> "IngestReport":
    """Ingest sources, and the links that people decided; :func:`bring_in_step` must follow.

    Parameters
    ----------
    moment
        Of the run, epoch seconds UTC.
    """
    from features.identity.statements import IdentityLinks, links_folder
    from features.ingest import ingest

    with opened_stores(s) as stores:
        return ingest(
            [*sources, IdentityLinks(links_folder(s.home))],
            s.tables,
            s.quarantine,
            as_known_at=moment,
            max_bad=max_bad,
            progress=progress,
            force=force,
            # Sources may still hold who was erased since.
            keep_out=stores.erased if stores.erasures.subjects() else None,
        )


class InStep(NamedTuple):
    """What followed: rows published by table, and what was made of the comments."""

    published: dict[str, int]
    comments: dict[str, Any]


def bring_in_step(s: Settings, moment: int) -> InStep:
    """Keep in the history who is now one person, send the store what changed, read comments."""
    from features.identity.history import history_path, update_history
    from features.tables import open_tables
    from serving.publish import publish
    from serving.stores.opening import open_stores

    con = open_tables(s.tables, verify=False)
    update_history(con, history_path(s.home), moment + 1)
    con.close()
    stores = open_stores(s.store_url)
    try:
        sent = publish(s.tables, stores, moment)
    finally:
        stores.close()
    return InStep(sent, read_comments(s, statements(s), moment))
