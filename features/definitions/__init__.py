"""Every feature, by family. The order here is the column order of a snapshot."""

from features.definitions.behavioural import BEHAVIOURAL
from features.definitions.declared import DECLARED
from features.definitions.responses import RESPONSES
from features.definitions.satisfaction import SATISFACTION
from features.definitions.transactional import TRANSACTIONAL
from features.registry import expand

FAMILIES = (TRANSACTIONAL, RESPONSES, BEHAVIOURAL, SATISFACTION, DECLARED)
FEATURES = expand(FAMILIES)
