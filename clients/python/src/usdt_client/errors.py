"""What can go wrong, as classes. No message holds a secret or a signature."""

from __future__ import annotations

import builtins
from typing import Optional


class UsdtError(Exception):
    """Every error of this library."""


class InvalidArgument(UsdtError, ValueError):
    """The program called this library wrongly: a float as amount, a parsed body, no secret."""


class ConnectionError(UsdtError, builtins.ConnectionError):
    """No answer came, or no whole one. The gateway may have done the call; it is safe to repeat a create."""


class SignatureError(UsdtError):
    """What came is no webhook of the gateway: answer 401. The `reason` is for programs."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class ApiError(UsdtError):
    """The gateway, or what stands before it, answered with something else than what was asked for.

    `status` is that of HTTP. `code` is for programs: decide by it. `hint` says for your log what came and what to
    send, and `docs` is where people read about it. `retry_after` is in seconds. `request_id` leads the gateway's
    operator to the cause. What the answer did not say is `None`.
    """

    def __init__(
        self,
        message: str,
        status: int = 0,
        code: Optional[str] = None,
        hint: Optional[str] = None,
        docs: Optional[str] = None,
        retry_after: Optional[int] = None,
        request_id: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.hint = hint
        self.docs = docs
        self.retry_after = retry_after
        self.request_id = request_id

    def __str__(self) -> str:
        name = f"{self.status} {self.code}" if self.code else str(self.status)
        hint = f" ({self.hint})" if self.hint else ""
        return f"{name}: {self.message}{hint}"


class AuthenticationError(ApiError):
    """401 or 403: the key, the signature, or what the key may do."""


class NotFoundError(ApiError):
    """404: there is none of this ID or order in your project."""


class OrderConflictError(ApiError):
    """409: the order has a payment of another amount, or the payment's state does not allow the call."""


class InvalidRequestError(ApiError):
    """400 or 422: a field or parameter. The `hint` says what to send."""


class RateLimitError(ApiError):
    """429: too many requests. Wait for `retry_after` seconds."""


class ServerError(ApiError):
    """5xx: the gateway has a trouble. Repeat later."""


class UnexpectedAnswerError(ApiError):
    """What came is no answer of the gateway: a proxy's page, a redirect, JSON that is cut, or more than 1 MiB."""
