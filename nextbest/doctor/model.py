"""Checks of the tables and of what was trained on them."""

from features.errors import NextbestError
from nextbest.doctor.findings import Finding, Found, Site, fault

DAY = 86_400
OLD_DAYS = 45
"""The models look 30 days ahead: much later they speak of a time that is over."""
_AHEAD_S = 300


def tables(site: Site) -> Found:
    """Find tables that are missing or altered, and rows from the future."""
    from features.tables import data_end, open_tables

    folder = site.settings.tables
    try:
        open_tables(folder).close()
        newest = data_end(folder)
    except NextbestError as error:
        yield fault("tables", error)
        return
    yield Finding("tables", "ok", "as ingested, every hash agrees")
    if newest > site.now + _AHEAD_S:
        message = f"The newest purchase is {(newest - site.now) / 3600:,.1f} hours in the future."
        remedy = "set this machine's clock (`timedatectl`): it was ahead when this was ingested."
        yield Finding("clock", "error", message, remedy)


def champion(site: Site) -> Found:
    """Find a champion that is missing, damaged, or that the alias does not lead to."""
    found = site.champion
    if isinstance(found, NextbestError):
        yield fault("bundle", found)
        return
    version = found.manifest
    yield Finding("bundle", "ok", f"{version.bundle_version}, policy {version.policy_version}")


def staleness(site: Site) -> Found:
    """Find a champion that was trained on other tables, or long ago."""
    from features.tables import data_end, data_hashes

    found, folder = site.champion, site.settings.tables
    if isinstance(found, NextbestError):
        return
    try:
        now, newest = data_hashes(folder), data_end(folder)
    except NextbestError:
        return  # told by the check of the tables
    changed = sorted(n for n, digest in found.manifest.data_hashes.items() if now.get(n) != digest)
    if changed:
        message = f"The champion was trained before these tables changed: {', '.join(changed)}."
        yield Finding("model", "warning", message, "`nextbest drift`, then `nextbest train`.")
    days = (newest - found.manifest.as_of) // DAY
    if days > OLD_DAYS:
        message = f"The champion knows nothing of the last {days} days of the tables."
        yield Finding("model", "warning", message, "`nextbest train`, then `nextbest promote`.")
