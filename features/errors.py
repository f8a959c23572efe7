"""Every error a user can meet, in one tree.

NextbestError                 a message for a person: what, which value, what to do
├── SettingError              an environment variable is missing or wrong
├── HomeError                 NEXTBEST_HOME cannot be read or written
├── SourceError               an input file is missing, corrupt or not what it claims
├── DataQualityError          too many rows were quarantined
├── IdentityError             a link between identifiers cannot be made or undone
├── LeakError                 a column knows what it is to foretell
├── CatalogueError            actions.yaml or policy.yaml is wrong
├── BundleError               a bundle is missing, altered or of another version
├── RegistryError             the model registry has no such model, version or alias
└── ServiceError              the service cannot start (a busy port, say)

A refusal of a decision is never an error: it is data (a reason code).
"""


class NextbestError(Exception):
    """A problem that the user can mend.

    Parameters
    ----------
    message
        What is wrong, naming the field and the value.
    remedy
        What to do about it, as a command or a sentence.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} Remedy: {self.remedy}" if self.remedy else self.message


class SettingError(NextbestError):
    """An environment variable is missing or wrong."""


class HomeError(NextbestError):
    """NEXTBEST_HOME cannot be read or written."""


class SourceError(NextbestError):
    """An input file is missing, corrupt or not what it claims to be."""


class DataQualityError(NextbestError):
    """More rows were quarantined than the run allows."""


class IdentityError(NextbestError):
    """A link between identifiers cannot be made or undone."""


class LeakError(NextbestError):
    """A column knows what it is to foretell; ``column`` names it."""

    def __init__(self, message: str, remedy: str, column: str) -> None:
        super().__init__(message, remedy)
        self.column = column


class CatalogueError(NextbestError):
    """The action catalogue or the policy is wrong."""


class BundleError(NextbestError):
    """A bundle is missing, altered or of another version."""


class RegistryError(NextbestError):
    """The model registry has no such model, version or alias."""


class ServiceError(NextbestError):
    """The service cannot start."""
