"""Reads an answer: what the gateway says, or the error that it is."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Optional, Type, TypeVar

from ._fields import Fields, Malformed, parse_object
from .errors import (
    ApiError,
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    OrderConflictError,
    RateLimitError,
    ServerError,
    UnexpectedAnswerError,
)
from .transport import MAX_BYTES, Response

T = TypeVar("T")

_SECONDS = re.compile(r"[0-9]{1,9}")
_CLASSES: Dict[int, Type[ApiError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    403: AuthenticationError,
    404: NotFoundError,
    409: OrderConflictError,
    422: InvalidRequestError,
    429: RateLimitError,
}


def read_answer(response: Response) -> Dict[str, Any]:
    """What an answer holds. It raises what another one means."""
    status = response.status
    is_whole = len(response.body) <= MAX_BYTES
    value = (parse_object(response.body) if is_whole else None) or {}
    size = f"{len(response.body)} bytes" if is_whole else "more than 1 MiB"
    if 200 <= status < 300:
        if value.get("ok") is True:
            return value
        raise _error(UnexpectedAnswerError, f"{size} that are no answer of the gateway", response, value)
    # A proxy's 5xx and 429 mean what the gateway's do. Any other status must be the gateway's own word.
    error = value.get("error")
    if value.get("ok") is False and isinstance(error, str):
        raise _error(_class_of(status), error, response, value)
    message = f"{size} that are no error of the gateway"
    if 300 <= status < 400:
        message = "a redirect, which is not followed: set the gateway's own address"
    raise _error(
        _class_of(status) if status >= 500 or status == 429 else UnexpectedAnswerError, message, response, value
    )


def read_parts(answer: Dict[str, Any], read: Callable[[Fields], T]) -> T:
    """Reads an answer that said `ok`. What has not its form is an `UnexpectedAnswerError`."""
    try:
        return read(Fields(answer))
    except Malformed as error:
        raise unexpected(str(error)) from None


def unexpected(message: str) -> UnexpectedAnswerError:
    """The error for an answer that is whole and says something else than was asked."""
    return UnexpectedAnswerError(f"the answer is none of the gateway: {message}", 200)


def _class_of(status: int) -> Type[ApiError]:
    return ServerError if status >= 500 else _CLASSES.get(status, ApiError)


def _error(kind: Type[ApiError], message: str, response: Response, value: Dict[str, Any]) -> ApiError:
    def text(name: str) -> Optional[str]:
        found = value.get(name)
        return found if isinstance(found, str) else None

    after = response.headers.get("retry-after", "")
    return kind(
        message,
        response.status,
        text("code"),
        text("hint"),
        text("docs"),
        int(after) if _SECONDS.fullmatch(after) else None,
        response.headers.get("x-request-id"),
    )
