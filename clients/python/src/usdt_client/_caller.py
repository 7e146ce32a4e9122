"""Signed calls: the same bytes in each attempt, and a further attempt only where it is safe."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any, Dict, Mapping, Optional, Union
from urllib.parse import quote

from ._answer import read_answer
from ._signer import Hidden, Signer
from ._version import VERSION
from .clock import Clock
from .errors import ApiError, ConnectionError, InvalidArgument
from .transport import Request, Transport

#: Values of a URL's query. `None` is left out.
Query = Mapping[str, Union[str, int, None]]

_MOST_ATTEMPTS = 3
#: For all attempts and what is waited between them.
_BUDGET = 20.0
_FIRST_PAUSE = 0.25
_WORTH_REPEATING = (429, 500, 502, 503, 504)

_API_KEY = re.compile(r"[!-~]+")
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
_USER_AGENT = re.compile(r"[ -~]{1,200}")
_PATH = re.compile(r"(/[A-Za-z0-9._~%:@!$&'()*+,;=-]+)+")
_DOTS = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def require_api_key(value: object) -> str:
    if not isinstance(value, str) or not _API_KEY.fullmatch(value):
        raise InvalidArgument("api_key is missing or malformed: is its setting there?")
    return value


class Caller(Hidden):
    """Signs, sends, repeats, and reads what comes back."""

    def __init__(
        self,
        origin: str,
        api_key: str,
        signer: Signer,
        user_agent: Optional[str],
        connect_timeout: float,
        timeout: float,
        transport: Transport,
        clock: Clock,
    ) -> None:
        if user_agent is not None and not _USER_AGENT.fullmatch(user_agent):
            raise InvalidArgument("user_agent must be 1 to 200 visible characters of ASCII")
        if not connect_timeout > 0 or not timeout > 0:
            raise InvalidArgument("connect_timeout and timeout must be seconds above 0")
        self._origin = origin
        self._api_key = api_key
        self._signer = signer
        self._user_agent = f"usdt-client-python/{VERSION}" + (f" {user_agent}" if user_agent else "")
        self._connect_timeout = connect_timeout
        self._timeout = timeout
        self._transport = transport
        self._clock = clock

    def call(
        self,
        method: str,
        path: str,
        query: Optional[Query] = None,
        body: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
        hold: float = 0,
    ) -> Dict[str, Any]:
        """The answer to a call. With `hold` the gateway may take so many seconds more for it."""
        if method not in _METHODS:
            raise InvalidArgument(f"method must be one of {', '.join(_METHODS)}")
        if not _PATH.fullmatch(path) or any(_DOTS.fullmatch(part) for part in path.split("/")):
            raise InvalidArgument("path must begin with a slash, and have no query and no dots alone")
        if idempotency_key is not None and not _IDEMPOTENCY_KEY.fullmatch(idempotency_key):
            raise InvalidArgument("idempotency_key must be 1 to 255 visible characters of ASCII")
        is_get = method == "GET"
        if is_get and body is not None:
            raise InvalidArgument("a GET has no body: use query")
        search = _encode_query(query or {})
        data = None if is_get else _encode_body(body or {})
        headers = {
            "Accept": "application/json",
            "User-Agent": self._user_agent,
            "X-API-Key": self._api_key,
        }
        if data is not None:
            headers["Content-Type"] = "application/json"
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        request = Request(
            method,
            self._origin + path + (f"?{search}" if search else ""),
            {**headers, "X-Signature": self._signer.sign(search.encode() if data is None else data).hex()},
            data,
            self._connect_timeout,
            self._timeout + hold,
        )
        return self._attempt(request, is_get or idempotency_key is not None, hold)

    def _attempt(self, request: Request, is_repeatable: bool, hold: float) -> Dict[str, Any]:
        end = self._clock.monotonic() + hold + max(_BUDGET, self._timeout)
        attempt = 1
        while True:
            timeout = min(request.timeout, end - self._clock.monotonic())
            try:
                return read_answer(self._transport.send(replace(request, timeout=timeout)))
            except (ConnectionError, ApiError) as error:
                pause = _pause_after(error, attempt) if is_repeatable and attempt < _MOST_ATTEMPTS else None
                if pause is None or self._clock.monotonic() + pause >= end:
                    raise
            self._clock.sleep(pause)
            attempt += 1


def segment(value: object, name: str) -> str:
    """One segment of a path."""
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"{name} is required")
    return quote(value, safe=":", errors="replace")


def _pause_after(error: Union[ConnectionError, ApiError], attempt: int) -> Optional[float]:
    """Seconds to wait before the next attempt, or `None` where there must be none."""
    pause = _FIRST_PAUSE * (1 << (attempt - 1)) * (1 + random.random())
    if isinstance(error, ConnectionError):
        return pause
    if error.status not in _WORTH_REPEATING:
        return None
    return max(pause, error.retry_after or 0)


def _encode_query(query: Query) -> str:
    pairs = {name: value for name, value in query.items() if value is not None}
    try:
        return "&".join(f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in pairs.items())
    except UnicodeEncodeError:
        raise InvalidArgument("a parameter has half a character, which is no text") from None


def _encode_body(body: Mapping[str, object]) -> bytes:
    if not isinstance(body, Mapping):
        raise InvalidArgument("the body must be a mapping")
    text = json.dumps(_plain(body), ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidArgument("the body has half a character, which is no text") from None


def _plain(value: object) -> object:
    """What JSON can hold, without floats: money must stay exact."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise InvalidArgument("the names in the body must be text")
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    raise InvalidArgument(f"the body holds a {type(value).__name__}: give text, a Decimal or a whole number")
