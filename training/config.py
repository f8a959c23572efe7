"""What a training run can be told."""

from dataclasses import dataclass, field

from training.models.tasks import CustomerModelsConfig
from training.recommender.budget import Budget
from training.recommender.family import FamilyConfig
from training.recommender.ranker import RankerConfig
from training.recommender.sessions.train import SessionTraining


@dataclass(frozen=True)
class TrainingConfig:
    """What a run can be told.

    Parameters
    ----------
    as_of
        Nothing at or after it is seen; None for the end of the data.
    now
        The moment of the run, for consents that expire; ``as_of`` when None.
    customers
        Of the customer models.
    seed
        Of the customer models and the bootstraps.
    budget
        Time to choose in which models the ranker hears, beginning with ``family.names``; None to
        take those.
    """

    as_of: int | None = None
    now: int | None = None
    family: FamilyConfig = field(default_factory=FamilyConfig)
    ranker: RankerConfig = field(default_factory=RankerConfig)
    sessions: SessionTraining = field(default_factory=SessionTraining)
    customers: CustomerModelsConfig = field(default_factory=CustomerModelsConfig)
    seed: int = 7
    budget: Budget | None = None
