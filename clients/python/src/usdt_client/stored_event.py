"""Webhook events as the gateway keeps them, and what became of each attempt to deliver them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Dict, Optional, Tuple

from ._fields import Fields


@dataclass(frozen=True)
class Attempt:
    """One attempt to deliver. `excerpt` is how the receiver's answer began."""

    number: int
    at: datetime
    duration_ms: int
    delivered: bool
    http_status: Optional[int]
    error: Optional[str]
    excerpt: Optional[str]


@dataclass(frozen=True)
class LastDelivery:
    """An event and its last attempt."""

    event_id: str
    type: str
    payment_id: Optional[int]
    state: str
    last_attempt: Optional[Attempt]


@dataclass(frozen=True)
class StoredEvent:
    event_id: str
    type: str
    payment_id: Optional[int]
    #: `pending`, `delivered`, `failed` or `no_url`.
    state: str
    created_at: datetime
    attempts: int
    next_attempt_at: Optional[datetime]
    #: The exact text that every attempt sends. `None` in lists.
    body: Optional[str]
    #: Empty in lists.
    deliveries: Tuple[Attempt, ...]
    #: All that came, also what this version does not know.
    raw: Dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class WebhookTest:
    """What the receiver answered to a test."""

    delivered: bool
    webhook_url: str
    event_id: str
    at: datetime
    duration_ms: int
    http_status: Optional[int]
    error: Optional[str]
    excerpt: Optional[str]
    body: str


def read_attempt(fields: Fields) -> Attempt:
    return Attempt(
        number=fields.integer("number"),
        at=fields.date("at"),
        duration_ms=fields.integer("duration_ms"),
        delivered=fields.flag("delivered"),
        http_status=fields.optional_integer("http_status"),
        error=fields.optional_text("error"),
        excerpt=fields.optional_text("excerpt"),
    )


def read_last_delivery(fields: Fields) -> LastDelivery:
    attempt = fields.optional_part("last_attempt")
    return LastDelivery(
        event_id=fields.text("event_id"),
        type=fields.text("type"),
        payment_id=fields.optional_payment_id(),
        state=fields.text("state"),
        last_attempt=None if attempt is None else read_attempt(attempt),
    )


def read_stored_event(fields: Fields) -> StoredEvent:
    return StoredEvent(
        event_id=fields.text("event_id"),
        type=fields.text("type"),
        payment_id=fields.optional_payment_id(),
        state=fields.text("state"),
        created_at=fields.date("created_at"),
        attempts=fields.integer("attempts"),
        next_attempt_at=fields.optional_date("next_attempt_at"),
        body=fields.optional_text("body"),
        deliveries=tuple(read_attempt(one) for one in fields.optional_parts("deliveries")),
        raw=fields.raw,
    )


def read_webhook_test(fields: Fields) -> WebhookTest:
    return WebhookTest(
        delivered=fields.flag("delivered"),
        webhook_url=fields.text("webhook_url"),
        event_id=fields.text("event_id"),
        at=fields.date("at"),
        duration_ms=fields.integer("duration_ms"),
        http_status=fields.optional_integer("http_status"),
        error=fields.optional_text("error"),
        excerpt=fields.optional_text("excerpt"),
        body=fields.text("body"),
    )
