"""Every simulated table, each from a random stream of its own."""

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from features.sources.simulated.browsing import draw_events
from features.sources.simulated.browsing_details import (
    add_details,
    draw_kiosks,
    kiosk_events,
    kiosk_identifiers,
)
from features.sources.simulated.consents import draw_consents
from features.sources.simulated.contacts import (
    contact_rows,
    draw_contacts,
    draw_repeats,
    met_stock_outs,
)
from features.sources.simulated.customers import draw_characters
from features.sources.simulated.identities import draw_cookies, identifier_rows
from features.sources.simulated.social import account_rows, draw_accounts, draw_mentions
from features.sources.simulated.stock import draw_stock
from features.sources.simulated.surveys import (
    draw_effort_surveys,
    draw_order_surveys,
    finish_surveys,
)
from features.sources.simulated.third_party import draw_third_party
from features.sources.simulated.world import read_world

# One generator a table: a change to one rule leaves the other tables as they were. New streams
# go at the end.
STREAMS = (
    "cookies", "events", "stock", "contacts", "characters", "consents", "surveys", "effort",
    "words", "language", "repeats", "service words", "details", "kiosks", "accounts", "mentions",
    "third party",
)  # fmt: skip

SURVEYS = "surveys"


def draw_tables(con: DuckDBPyConnection, seed: int) -> dict[str, pd.DataFrame]:
    """Draw all tables from the accepted real ones in ``main``.

    Returns
    -------
    dict
        Canonical table -> rows, with the columns it fills and some more for the simulation's own
        use; and under ``SURVEYS`` every request with the score it got **or would have got**,
        which is the truth behind non-response and enters no table.
    """
    world = read_world(con)
    seeds = np.random.SeedSequence(seed).spawn(len(STREAMS))
    rng = {name: np.random.default_rng(s) for name, s in zip(STREAMS, seeds, strict=True)}
    cookies = draw_cookies(world, rng["cookies"])
    events = draw_events(world, cookies, rng["events"])
    stock = draw_stock(con, world, rng["stock"])
    met = met_stock_outs(events, stock, cookies)
    characters = draw_characters(world, rng["characters"], rng["language"])
    contacts = draw_repeats(world, draw_contacts(world, met, rng["contacts"]), rng["repeats"])
    contacts = contact_rows(world, contacts, characters.french, rng["service words"])
    asked = [
        draw_order_surveys(world, characters, met, contacts, rng["surveys"]),
        draw_effort_surveys(world, characters, contacts, rng["effort"]),
    ]
    surveys = finish_surveys(world, characters, asked, rng["words"])
    consents = draw_consents(world, rng["consents"])
    kiosks = draw_kiosks(world, rng["kiosks"])
    accounts = draw_accounts(world, rng["accounts"])
    identifiers = [
        identifier_rows(world, cookies),
        kiosk_identifiers(world, kiosks),
        account_rows(world, accounts),
    ]
    clicks = [
        add_details(events, world, rng["details"]),
        kiosk_events(world, kiosks, rng["kiosks"]),
    ]
    return {
        "identifiers": pd.concat(identifiers, ignore_index=True),
        "events": pd.concat(clicks, ignore_index=True),
        "stock_levels": stock,
        "consents": consents,
        "feedback": surveys[surveys["answered"]],
        "feedback_requests": surveys,
        "service_contacts": contacts,
        "social_mentions": draw_mentions(world, accounts, characters, met, rng["mentions"]),
        "third_party": draw_third_party(world, consents, rng["third party"]),
        SURVEYS: surveys,
    }
