"""What has become of a payment, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Dict, Optional, Tuple

from ._fields import Fields
from .payment import Payment, read_payment
from .stored_event import Attempt, read_attempt


@dataclass(frozen=True)
class TimelineEntry:
    #: Such as `created`, `seen`, `credited`, `in_review`, `expired`, `cancelled`, `webhook_delivered`.
    what: str
    #: `seen` has none.
    at: Optional[datetime]
    txid: Optional[str]
    amount: Optional[Decimal]
    review_id: Optional[str]
    reason: Optional[str]
    confirmations: Optional[int]
    #: Who decided, and why.
    by: Optional[str]
    note: Optional[str]
    event_id: Optional[str]
    #: Of that event.
    type: Optional[str]
    attempt: Optional[Attempt]
    #: All that came, also what this version does not know.
    raw: Dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class RetrievedPayment:
    payment: Payment
    timeline: Tuple[TimelineEntry, ...]


def read_retrieved(fields: Fields) -> RetrievedPayment:
    return RetrievedPayment(
        payment=read_payment(fields.part("payment")),
        timeline=tuple(_read_entry(one) for one in fields.parts("timeline")),
    )


def _read_entry(fields: Fields) -> TimelineEntry:
    attempt = fields.optional_part("attempt")
    return TimelineEntry(
        what=fields.text("what"),
        at=fields.optional_date("at"),
        txid=fields.optional_text("txid"),
        amount=fields.optional_decimal("amount"),
        review_id=fields.optional_text("review_id"),
        reason=fields.optional_text("reason"),
        confirmations=fields.optional_integer("confirmations"),
        by=fields.optional_text("by"),
        note=fields.optional_text("note"),
        event_id=fields.optional_text("event_id"),
        type=fields.optional_text("type"),
        attempt=None if attempt is None else read_attempt(attempt),
        raw=fields.raw,
    )
