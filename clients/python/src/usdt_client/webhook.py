"""Verifies webhooks: nothing of one is believed before its signature is right."""

from __future__ import annotations

import base64
import hmac
import re
import time
from typing import Callable, Dict, List, Sequence, Union

from ._fields import parse_object
from ._headers import Headers, read_headers
from ._signer import Hidden, Signer
from .errors import InvalidArgument, SignatureError
from .event import Event, read_event

#: The most by which the time of a webhook may differ, in seconds.
TOLERANCE = 300

#: A receiver need not read more of a request's body.
MAX_BODY_BYTES = 1024 * 1024

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_SECONDS = re.compile(r"[0-9]{1,12}")

RawBody = Union[bytes, bytearray, memoryview, str]


class Webhook(Hidden):
    """A receiver's half of the signature.

    It takes the project's API secret, or both while one is changed. Without a client it needs nothing else.
    `now` is the time in seconds since 1970.
    """

    def __init__(self, secrets: Union[str, Sequence[str]], *, now: Callable[[], float] = time.time) -> None:
        # A report with local variables shows nothing of what an iterator holds.
        several = iter([secrets] if isinstance(secrets, str) else tuple(secrets or ()))
        del secrets
        self._signers = tuple(map(Signer, several))
        if not self._signers:
            raise InvalidArgument("a secret is required")
        self._now = now

    def verify(self, raw_body: RawBody, headers: Headers) -> Event:
        """The event that a webhook brought. It raises `SignatureError` where it is no webhook of the gateway.

        `raw_body` are the very bytes that came. What a parser has made of them has other bytes than were signed.
        """
        body = _bytes_of(raw_body)
        found = read_headers(headers)
        signature = found.get("x-signature")
        if signature is None:
            raise SignatureError("X-Signature is missing", "missing_signature")
        if not _HEX.fullmatch(signature):
            raise SignatureError("X-Signature must have 64 hex digits", "malformed_signature")
        if not self._is_signed(body, [bytes.fromhex(signature)]):
            raise SignatureError("X-Signature is not that of this body under this secret", "wrong_signature")
        if "webhook-signature" in found:
            self._verify_standard(body, found)
        value = parse_object(body)
        if value is None:
            raise SignatureError("the body is no JSON object in UTF-8", "malformed_body")
        return read_event(value)

    def _verify_standard(self, body: bytes, headers: Dict[str, str]) -> None:
        """What Standard Webhooks asks for: a signature that covers the time too."""
        name, timestamp = headers.get("webhook-id"), headers.get("webhook-timestamp")
        if name is None or timestamp is None:
            raise SignatureError("webhook-signature needs webhook-id and webhook-timestamp", "missing_webhook_header")
        if not _SECONDS.fullmatch(timestamp):
            raise SignatureError("webhook-timestamp must be whole seconds", "malformed_timestamp")
        signed = f"{name}.{timestamp}.".encode("utf-8", "surrogatepass") + body
        if not self._is_signed(signed, _standard_signatures(headers["webhook-signature"])):
            raise SignatureError(
                "webhook-signature is not that of this body under this secret", "wrong_webhook_signature"
            )
        age = self._now() - int(timestamp)
        if age > TOLERANCE:
            raise SignatureError(f"webhook-timestamp is {age:.0f} seconds old", "timestamp_too_old")
        if age < -TOLERANCE:
            raise SignatureError(f"webhook-timestamp is {-age:.0f} seconds ahead", "timestamp_too_new")

    def _is_signed(self, data: bytes, signatures: Sequence[bytes]) -> bool:
        """Whether some secret makes some of the signatures, in a time that does not tell which."""
        is_signed = False
        for signer in self._signers:
            expected = signer.sign(data)
            for signature in signatures:
                is_signed |= hmac.compare_digest(expected, signature)
        return is_signed


def _bytes_of(raw_body: object) -> bytes:
    if isinstance(raw_body, str):
        return raw_body.encode("utf-8", "surrogatepass")
    if isinstance(raw_body, (bytes, bytearray, memoryview)):
        return bytes(raw_body)
    raise InvalidArgument(
        f"the raw body is required, as bytes: what was parsed, such as a {type(raw_body).__name__},"
        " has other bytes than were signed"
    )


def _standard_signatures(header: str) -> List[bytes]:
    signatures = []
    for one in header.split(" "):
        version, _, text = one.partition(",")
        if version != "v1":
            continue
        try:
            signatures.append(base64.b64decode(text, validate=True))
        except ValueError:
            continue
    return signatures
