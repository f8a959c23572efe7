"""Names of persons as keyed hashes: to know one again without keeping who it is.

HMAC-SHA-256 (RFC 2104) with a secret of the installation. Without the secret nobody can try names
against the hashes; with it the same name always gives the same hash.
"""

import hashlib
from collections.abc import Iterable

from features.errors import SettingError

_BYTES = 16
_BLOCK = 64  # of SHA-256


class Pseudonyms:
    """Hashes names with a secret.

    Parameters
    ----------
    secret
        At least 16 bytes; None where a process has none and may not name anybody.
    """

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = secret
        self._inner, self._outer = _keyed(secret or b"")

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
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(name.encode(errors="surrogatepass"))
        outer.update(inner.digest())
        return outer.digest()[:_BYTES].hex()

    def of_many(self, names: Iterable[str]) -> dict[str, str]:
        """Return hash -> name."""
        return {self.of(name): name for name in names}

    def fingerprint(self) -> int:
        """Return a number that tells secrets apart and says nothing of them, 62 bits."""
        digest = hashlib.sha256(b"fingerprint" + (self._secret or b"")).digest()
        return int.from_bytes(digest[:8], "big") >> 2


def _keyed(secret: bytes) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """Return both hashes of HMAC that have read the key: a name costs their rest, not the key.

    H((K ^ opad) || H((K ^ ipad) || name)), RFC 2104 section 2, of a key of a block's length.
    """
    key = secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()
    block = key.ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)
