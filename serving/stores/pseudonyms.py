"""Names of persons as keyed hashes: to know one again without keeping who it is.

HMAC-SHA-256 (RFC 2104) with a secret of the installation. Without the secret nobody can try names
against the hashes; with it the same name always gives the same hash.
"""

import hashlib
import hmac
from collections.abc import Iterable

from features.errors import SettingError

_BYTES = 16


class Pseudonyms:
    """Hashes names with a secret.

    Parameters
    ----------
    secret
        At least 16 bytes; None where a process has none and may not name anybody.
    """

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = secret

    @property
    def known(self) -> bool:
        """Whether there is a secret."""
        return self._secret is not None

    def of(self, name: str) -> str:
        """Return the hash of a name, 32 hexadecimal digits.

        Raises
        ------
        SettingError
            If there is no secret.
        """
        if self._secret is None:
            raise SettingError(
                "This process has no secret to hash names with.",
                "open the stores with `serving.privacy.secret.with_pseudonyms`.",
            )
        return hmac.digest(self._secret, name.encode(errors="surrogatepass"), "sha256")[
            :_BYTES
        ].hex()

    def of_many(self, names: Iterable[str]) -> dict[str, str]:
        """Return hash -> name."""
        return {self.of(name): name for name in names}

    def fingerprint(self) -> int:
        """Return a number that tells secrets apart and says nothing of them, 62 bits."""
        digest = hashlib.sha256(b"fingerprint" + (self._secret or b"")).digest()
        return int.from_bytes(digest[:8], "big") >> 2
