"""Every feature, by family. The order here is the column order of a snapshot.

The first five families are the columns that came first; actions and models name them.
"""

from features.definitions.aftersales import AFTERSALES
from features.definitions.assortment import ASSORTMENT
from features.definitions.baskets import BASKETS
from features.definitions.behavioural import BEHAVIOURAL
from features.definitions.browsing import BROWSING
from features.definitions.declared import DECLARED
from features.definitions.fatigue import FATIGUE
from features.definitions.opinions import OPINIONS
from features.definitions.peers import PEERS
from features.definitions.places import PLACES
from features.definitions.prices import PRICES
from features.definitions.profile import PROFILE
from features.definitions.responses import RESPONSES
from features.definitions.rhythm import RHYTHM
from features.definitions.satisfaction import SATISFACTION
from features.definitions.service import SERVICE
from features.definitions.transactional import TRANSACTIONAL
from features.definitions.voice import VOICE
from features.registry import expand

FAMILIES = (
    TRANSACTIONAL, RESPONSES, BEHAVIOURAL, SATISFACTION, DECLARED,
    RHYTHM, BASKETS, PRICES, ASSORTMENT, PEERS, AFTERSALES, PLACES, BROWSING, FATIGUE, SERVICE,
    VOICE, OPINIONS, PROFILE,
)  # fmt: skip
FEATURES = expand(FAMILIES)
UNPROTECTED = tuple(feature.name for feature in FEATURES if not feature.protected)
