"""Checks of the online store: keys, stock, consents, and the clock that wrote them."""

import stat
from itertools import islice
from typing import TYPE_CHECKING

from features.errors import NextbestError
from nextbest.doctor.findings import Finding, Found, Severity, Site, fault

if TYPE_CHECKING:
    from bundle.contents import Bundle
    from serving.stores.opening import Stores

_SAMPLE = 2_000  # customers whose consents are looked at
_AHEAD_S = 300
_STRANGERS = 0.05  # of the figures; a few items are always younger than the catalogue


def store(site: Site) -> Found:
    """Find a store that cannot be opened: unwritable, damaged, of another version, unreachable."""
    stores = site.stores
    if isinstance(stores, NextbestError):
        yield fault("store", stores)
        return
    held = stores.keys.all()
    yield Finding("store", "ok", f"opens; {len(held)} API keys")
    valid = [key for key in held if key.expires_at is None or key.expires_at > site.now]
    if held and not valid and not site.settings.api_keys:
        remedy = "make successors: `nextbest keys list`, then `nextbest keys rotate KEY`."
        yield Finding("keys", "error", "Every API key has ended.", remedy)
    if not held and not site.settings.api_keys:
        remedy = (
            "make one: `nextbest keys add --scope decide --label webshop`, or NEXTBEST_API_KEYS."
        )
        yield Finding("keys", "error", "There is no API key: nobody can call the service.", remedy)


def secret(site: Site) -> Found:
    """Find a secret of names that is not this store's, or that others on this machine can read."""
    from serving.privacy.secret import FILE, VARIABLE, with_pseudonyms

    path = site.settings.home / FILE
    if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        message = f"{path} can be read by others: with it the audit log names people."
        yield Finding("secret", "error", message, f"chmod 600 {path}.")
    stores = site.stores
    # One is made when a service first needs it, not by looking.
    if isinstance(stores, NextbestError) or not (path.is_file() or site.environ.get(VARIABLE)):
        return
    try:
        with_pseudonyms(stores, site.settings, site.environ)
    except NextbestError as error:
        yield fault("secret", error)


def stock(site: Site) -> Found:
    """Find stock that nothing may be sold from: no figure, old ones, ids of another catalogue."""
    both = _opened(site)
    if both is None:
        return
    bundle, stores = both
    rows, _ = stores.stock.changes_since(0)
    if not rows:
        remedy = "send figures (PUT /v1/stock), or ingest stock levels."
        message = "No stock figure is known: nothing can be recommended."
        yield Finding("stock", "error", message, remedy)
        return
    newest = max(row.as_of for row in rows)
    hours, most = (site.now - newest) / 3600, bundle.policy.stock_max_age_s / 3600
    if hours > most:
        message = f"The newest stock figure is {hours:,.0f} hours old; policy.yaml allows {most:g}."
        remedy = "mend the feed to PUT /v1/stock, or raise stock.max_age_hours."
        yield Finding("stock", "error", message, remedy)
    if newest > site.now + _AHEAD_S:
        yield _ahead("a stock figure", newest - site.now)
    yield from _covered(site, bundle, {row.item_id for row in rows})


def _covered(site: Site, bundle: "Bundle", items: set[str]) -> Found:
    """Find figures of items that are none, and a catalogue without figures."""
    strangers = len(_strangers(site, bundle, items)) / len(items)
    if strangers > _STRANGERS:
        message = f"{strangers:.0%} of the items with a stock figure are no products."
        remedy = "let the feed use the item_id of the products (docs/data.md), or ingest them."
        yield Finding("stock", "error" if strangers == 1.0 else "warning", message, remedy)
    share = len(items) / len(bundle.items.ids)
    if share < 0.5:
        message = f"{share:.0%} of the catalogue has a stock figure; the rest is never offered."
        yield Finding("stock", "warning", message, "send the figures of the whole catalogue.")


def _strangers(site: Site, bundle: "Bundle", items: set[str]) -> set[str]:
    """Return the items that neither the champion nor the tables know."""
    from features.tables import open_tables

    listed = sorted(items)
    found = bundle.item_map.index_of(listed).tolist()
    unknown = {item for item, k in zip(listed, found, strict=True) if k < 0}
    if len(unknown) <= _STRANGERS * len(items):
        return unknown
    try:
        con = open_tables(site.settings.tables)  # every file is hashed: only where it matters
    except NextbestError:
        return unknown
    known = {str(item) for (item,) in con.execute("select item_id from products").fetchall()}
    con.close()
    return unknown - known


def consents(site: Site) -> Found:
    """Find that nobody can be contacted, or that no answer can be personal."""
    both = _opened(site)
    if both is None:
        return
    bundle, stores = both
    some = list(islice(bundle.customers.ids.tolist(), _SAMPLE))
    rows = stores.consents.for_customers(some)
    granted = {row.purpose for row in rows if row.status == "granted"}
    remedy = "ingest consents (docs/data.md) or send them (PUT /v1/consents)."
    if not rows:
        message = "No consent is known: nobody is contacted and no answer is personal."
        yield Finding("consents", "error", message, remedy)
        return
    for purpose, effect in (
        ("marketing", "nobody can be contacted"),
        ("personalisation", "no answer is personal"),
    ):
        if purpose not in granted:
            message = f"None of {len(some):,} customers granted {purpose}: {effect}."
            yield Finding("consents", "warning", message, remedy)
    newest = max(row.recorded_at for row in rows)
    if newest > site.now + _AHEAD_S:
        yield _ahead("a statement of consent", newest - site.now)


def decided(site: Site) -> Found:
    """Find decisions from the future: the clock went back since, and caps count by it."""
    stores = site.stores
    if isinstance(stores, NextbestError):
        return
    for kind in ("next_best_actions", "recommendations"):
        late = next(stores.decisions.of_kind(kind, site.now + _AHEAD_S, 2**62), None)
        if late is not None:
            yield _ahead("a decision", late.decided_at - site.now)
            return


def quiet(site: Site) -> Found:
    """Find rules of the champion that let nobody through."""
    bundle = site.champion
    if isinstance(bundle, NextbestError):
        return
    policy = bundle.policy
    if policy.control_share >= 1.0:
        yield _nobody("The control_share is 1: every customer is in the control group.")
    hours = (policy.quiet_until - policy.quiet_from) % 24
    if policy.quiet_channels and hours >= 22:
        channels = ", ".join(policy.quiet_channels)
        yield _nobody(f"Quiet hours leave {24 - hours} hours a day for {channels}.", "warning")
    for limit in policy.limits:
        if limit.outcome == "shown" and limit.count == 0:
            yield _nobody(f"A contact limit on {limit.channel or 'all channels'} counts to 0.")


def _opened(site: Site) -> "tuple[Bundle, Stores] | None":
    """Return the champion and the store where both can be used; other checks tell why not."""
    bundle, stores = site.champion, site.stores
    if isinstance(bundle, NextbestError) or isinstance(stores, NextbestError):
        return None
    return bundle, stores


def _ahead(what: str, seconds: int) -> Finding:
    message = f"The store holds {what} from {seconds / 3600:,.1f} hours in the future."
    remedy = "set this machine's clock (`timedatectl`): ages and caps are counted by it."
    return Finding("clock", "error", message, remedy)


def _nobody(message: str, severity: Severity = "error") -> Finding:
    remedy = "correct policy.yaml, check with `nextbest doctor --catalogue`, and train."
    return Finding("policy", severity, message, remedy)
