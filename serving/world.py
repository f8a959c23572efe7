"""What is known at the moment of a decision: who asks, what they allow, what we hold of them."""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from bundle.contents import STANDARD_MODELS, Bundle, probability_column
from decisioning.calibration import Propensity, Uplift, from_prior
from decisioning.catalogue import KINDS
from decisioning.compiled import learned_name
from decisioning.consent import ConsentLedger, ConsentRecord
from decisioning.draws import U64, subject_keys
from decisioning.ledger import Contact
from decisioning.policy import DAY
from decisioning.reasons import PASSED
from decisioning.recommender.places.moments import newest_items
from decisioning.uplift import PersonalUplift
from serving.action_inputs import columns_read
from serving.family import Family
from serving.item_gates import sensitive_items
from serving.searches import SearchIndex
from serving.stock_mirror import StockMirror
from serving.stores.opening import Stores
from serving.stores.ports import LedgerMark
from serving.visitors import consent_key

Floats = NDArray[np.float64]
LEDGER_DAYS = 400
"""How far back the contact ledger is read: no limit or cool-down reaches further."""


@dataclass(frozen=True)
class People:
    """A block of m subjects.

    Parameters
    ----------
    subjects
        The ids as they were asked about.
    customer_ids
        The customers behind them; empty for a visitor who is nobody we know.
    indices
        int64 (m,): index in the bundle, -1 unknown.
    consents
        Ledger of each.
    family
        Which customer ids are one person.
    """

    subjects: tuple[str, ...]
    customer_ids: tuple[str, ...]
    indices: NDArray[np.int64]
    consents: tuple[tuple[ConsentRecord, ...], ...]
    family: Family

    def one(self, row: int) -> "People":
        """Return a block of one of them."""
        part = slice(row, row + 1)
        return People(
            self.subjects[part],
            self.customer_ids[part],
            self.indices[part],
            self.consents[part],
            self.family,
        )

    @cached_property
    def ledger(self) -> ConsentLedger:
        """The consent ledgers as columns."""
        return ConsentLedger.of(self.consents)

    @cached_property
    def decided(self) -> tuple[str, ...]:
        """Whom a decision is about: a linked visitor is the customer.

        An arm belongs to the person, not to the cookie.
        """
        return tuple(c or s for c, s in zip(self.customer_ids, self.subjects, strict=True))

    @cached_property
    def keys(self) -> U64:
        """uint64 (m,): keys of those a decision is about."""
        return subject_keys(self.decided)

    def allow(self, purpose: str, channel: str, as_of: int) -> NDArray[np.bool_]:
        """Tell who granted a purpose on a channel, bool (m,)."""
        return np.asarray(self.ledger.verdicts(purpose, channel, as_of) == PASSED)


class World:
    """The bundle, and the stores as they are now."""

    def __init__(self, bundle: Bundle, stores: Stores) -> None:
        self.bundle = bundle
        self.stores = stores
        self.sensitive = sensitive_items(bundle)
        self.fresh = newest_items(bundle.shelves, bundle.policy.items.new_item_days)
        self.stock = StockMirror(stores.stock, bundle.item_map)
        # Made when first asked for: of a large catalogue that takes a second.
        self._searches = cache(lambda: SearchIndex(bundle.items))
        self._learned = _posteriors(bundle)
        margin = bundle.items.margin
        order = np.argsort(-margin, kind="stable")  # unknown ones, NaN, at the end
        self._by_margin = order[: np.count_nonzero(~np.isnan(margin))]
        self._read = columns_read(bundle.actions, bundle.policy)
        self._reads_amounts = not bundle.amounts.keys().isdisjoint(self._read)
        purposes = np.array([column["purpose"] for column in bundle.manifest.columns])
        self._purposes = {str(one): np.flatnonzero(purposes == one) for one in np.unique(purposes)}
        self._uplift_positions = {
            name: np.array([bundle.column_positions[c] for c in uplift.columns], dtype=np.int64)
            for name, uplift in bundle.uplifts.items()
            if isinstance(uplift, PersonalUplift)
        }

    def sought(self, query: str) -> NDArray[np.float32] | None:
        """Tell how well each item answers a search, float32 (n_items,); None where none does."""
        if not query:
            return None
        scores = self._searches().scores(query)
        return scores if scores.any() else None

    def people(self, subjects: Sequence[tuple[str | None, str | None]]) -> People:
        """Look up subjects, given as (customer_id, visitor_id), one of the two set."""
        visitors = [visitor for _, visitor in subjects if visitor]
        linked = self.stores.links.customers_of(visitors) if visitors else {}
        told = [c if c else linked.get(v or "", "") for c, v in subjects]
        family = Family.around(self.stores.persons, told)
        ids = tuple(family.person(i) for i in told)
        held: dict[str, list[ConsentRecord]] = defaultdict(list)
        strangers = {
            i: consent_key(visitor)
            for i, (_, visitor) in enumerate(subjects)
            if visitor and not ids[i]
        }
        asked = [*family.members(ids), *strangers.values()]
        for row in self.stores.consents.for_customers(asked):
            held[family.person(row.customer_id)].append(
                ConsentRecord(
                    row.purpose,
                    row.channel,
                    row.status,
                    row.recorded_at,
                    row.expires_at,
                    row.sequence,
                    family.part(row.customer_id),
                )
            )
        return People(
            subjects=tuple(c or v or "" for c, v in subjects),
            customer_ids=ids,
            indices=self.bundle.customer_map.index_of(ids),
            consents=tuple(
                (*family.parts(i), *held.get(i or strangers.get(k, ""), ()))
                for k, i in enumerate(ids)
            ),
            family=family,
        )

    def mark(self, people: People) -> LedgerMark:
        """Return where the contact ledger of a block of one person stands."""
        return self.stores.ledger.mark(people.family.members(people.customer_ids))

    def contacts(self, people: People, as_of: int) -> tuple[tuple[Contact, ...], ...]:
        """Return the contact ledger of each."""
        held: dict[str, list[Contact]] = defaultdict(list)
        ids = people.family.members(people.customer_ids)
        seen: set[tuple[str, str]] = set()
        kinds = {action.action_id: action.kind for action in self.bundle.actions}
        for row in self.stores.ledger.recent(ids, as_of - LEDGER_DAYS * DAY) if ids else ():
            kind = kinds.get(row.action_id, row.kind)
            # Outcomes of items are no contacts of their own: the message that bore them was one.
            if kind not in KINDS:
                continue
            # An outbound decision counts as shown at once; its delivery report is no second one.
            if row.outcome == "shown":
                if (row.decision_id, row.action_id) in seen:
                    continue
                seen.add((row.decision_id, row.action_id))
            # What the ledger holds has happened, even where the clock that dated it is ahead.
            at = min(row.at, as_of)
            held[people.family.person(row.customer_id)].append(
                Contact(row.channel, row.action_id, kind, row.outcome, at)
            )
        return tuple(tuple(held.get(i, ())) for i in people.customer_ids)

    def profiles(self, people: People, channel: str, as_of: int) -> Floats:
        """Return snapshot rows (m, columns), each column null where its purpose is not granted.

        The snapshot was masked when it was built; this masks again, because consent may have
        been withdrawn since.
        """
        known = people.indices >= 0
        rows = np.full((len(people.subjects), len(self.bundle.manifest.columns)), np.nan)
        rows[known] = self.bundle.customers.profiles[people.indices[known]]
        # Choosing for this person is personalisation, whatever data it is done with.
        personal = people.allow("personalisation", channel, as_of)
        for purpose, columns in self._purposes.items():
            refused = ~(people.allow(purpose, channel, as_of) & personal)
            if refused.any():
                rows[np.ix_(refused, columns)] = np.nan
        return rows

    def best_margin(self, items: NDArray[np.bool_]) -> float:
        """Return the best known margin among some items, bool (n_items,); NaN where none is."""
        best_first = self._by_margin
        if not best_first.size:
            return np.nan
        here = items[best_first]
        first = int(here.argmax())
        return float(self.bundle.items.margin[best_first[first]]) if here[first] else np.nan

    def propensities(self, profiles: Floats) -> dict[str, Propensity]:
        """Score every model of the bundle for a block, by name."""
        return self.bundle.panel.score(profiles)

    def responses(self, scores: dict[str, Propensity], m: int) -> dict[str, Propensity]:
        """Return the models' scores, and what the log taught of each action's responses."""
        return scores | {
            name: Propensity(*(np.repeat(part, m) for part in vars(told).values()))
            for name, told in self._learned.items()
        }

    def uplifts(self, scores: dict[str, Propensity], profiles: Floats) -> dict[str, Uplift]:
        """Return what a contact adds to each response, where control data exist."""
        models = {a.action_id: a.model for a in self.bundle.actions}
        found = {}
        for name, uplift in self.bundle.uplifts.items():
            score = scores.get(models.get(name, ""))
            # Without a model everybody has one propensity, and its table one band.
            shown = np.zeros(len(profiles)) if score is None else score.mean
            if isinstance(uplift, PersonalUplift):
                found[name] = uplift.apply(shown, profiles[:, self._uplift_positions[name]])
            else:
                found[name] = uplift.apply(shown)
        return found

    def utc_offsets(self, people: People, as_of: int) -> NDArray[np.int64]:
        """Return the offset of each one's time zone at a moment, int64 (m,), seconds east."""
        policy = self.bundle.policy
        if not policy.time_zones:
            return np.full(len(people.subjects), utc_offset(policy.time_zone, as_of))
        countries = self.bundle.customers.countries
        zones = [
            policy.time_zones.get(str(countries[i]) if i >= 0 else "", policy.time_zone)
            for i in people.indices.tolist()
        ]
        offsets = {zone: utc_offset(zone, as_of) for zone in set(zones)}
        return np.array([offsets[zone] for zone in zones], dtype=np.int64)

    def columns_read(self, profiles: Floats, scores: dict[str, Propensity]) -> dict[str, Floats]:
        """Return what the conditions of the bundle read, by name, each float64 (m,)."""
        # Models of amounts take as long as all others together: only where one is read.
        made = self._made(profiles, scores, with_amounts=self._reads_amounts)
        positions = self.bundle.column_positions
        return {
            name: made[name] if name in made else profiles[:, positions[name]]
            for name in self._read
        }

    def columns(self, profiles: Floats, scores: dict[str, Propensity]) -> dict[str, Floats]:
        """Return what conditions may read, by name, each float64 (m,)."""
        named = {name: profiles[:, k] for name, k in self.bundle.column_positions.items()}
        return named | self._made(profiles, scores, with_amounts=True)

    def _made(
        self, profiles: Floats, scores: dict[str, Propensity], *, with_amounts: bool
    ) -> dict[str, Floats]:
        """Return the columns that models make of the others."""
        null = np.full(profiles.shape[0], np.nan)
        unfitted = {probability_column(name): null for name in STANDARD_MODELS}
        fitted = {probability_column(name): score.mean for name, score in scores.items()}
        if not with_amounts:
            return unfitted | fitted
        amounts = {n: said.mean for n, said in self.bundle.said_amounts(profiles).items()}
        return unfitted | fitted | amounts


def _posteriors(bundle: Bundle) -> dict[str, Propensity]:
    """Return what is believed of each action's responses once the log is counted in, (1,) each."""
    priors = {action.action_id: action.prior for action in bundle.actions}
    learned = bundle.learned
    return {
        learned_name(name): from_prior(priors[name].updated(float(shown), float(responded)), 1)
        for name, shown, responded in zip(
            learned.ids.tolist(), learned.shown, learned.responded, strict=True
        )
        if name in priors
    }


def utc_offset(zone: str, moment: int) -> int:
    """Return a time zone's offset at a moment, seconds east of UTC."""
    local = dt.datetime.fromtimestamp(moment, tz=zoneinfo.ZoneInfo(zone))
    offset = local.utcoffset()
    return int(offset.total_seconds()) if offset else 0
