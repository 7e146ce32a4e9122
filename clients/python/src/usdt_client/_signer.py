"""Signs with a secret that nobody can read out of it."""

from __future__ import annotations

import hashlib
import hmac

from .errors import InvalidArgument


class Hidden:
    """What holds a secret: it is not pickled."""

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError(f"{type(self).__name__} holds a secret and cannot be pickled or copied")


class Signer(Hidden):
    """HMAC-SHA256. It keeps the state that the secret has made of it, and not the secret."""

    def __init__(self, secret: str) -> None:
        if not isinstance(secret, str) or not secret:
            del secret
            raise InvalidArgument("a secret is missing, empty or no text: is its setting there?")
        self._keyed = hmac.new(secret.encode("utf-8", "surrogatepass"), digestmod=hashlib.sha256)

    def __repr__(self) -> str:
        return "<Signer>"

    def sign(self, data: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(data)
        return keyed.digest()
