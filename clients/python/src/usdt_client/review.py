"""Transfers that pay nothing by themselves, and wait for a decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Dict, Optional, Tuple

from ._fields import Fields
from .payment import Payment, read_payment


@dataclass(frozen=True)
class Candidate:
    """A payment for which the transfer may have been meant: a guess."""

    payment_id: int
    order_id: str
    status: str
    pay_amount: Decimal
    why: str


@dataclass(frozen=True)
class Review:
    review_id: str
    txid: str
    amount: Decimal
    #: The sender. Often an exchange, so never an address for a refund.
    sender: str
    address: str
    received_at: datetime
    recorded_at: datetime
    reason: Optional[str]
    state: str
    #: The payment whose exact amount it had.
    payment_id: Optional[int]
    #: The likeliest first. Ask the payer.
    candidates: Tuple[Candidate, ...]
    #: All that came, also what this version does not know.
    raw: Dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Acceptance:
    #: `paid`, or `added` to what had paid the payment before: then no webhook tells of it.
    result: str
    payment: Payment


def read_review(fields: Fields) -> Review:
    return Review(
        review_id=fields.text("review_id"),
        txid=fields.text("txid"),
        amount=fields.decimal("amount"),
        sender=fields.text("from"),
        address=fields.text("address"),
        received_at=fields.date("received_at"),
        recorded_at=fields.date("recorded_at"),
        reason=fields.optional_text("reason"),
        state=fields.text("state"),
        payment_id=fields.optional_payment_id(),
        candidates=tuple(_read_candidate(one) for one in fields.parts("candidates")),
        raw=fields.raw,
    )


def read_acceptance(fields: Fields) -> Acceptance:
    return Acceptance(fields.text("result"), read_payment(fields.part("payment")))


def _read_candidate(fields: Fields) -> Candidate:
    return Candidate(
        payment_id=fields.payment_id(),
        order_id=fields.text("order_id"),
        status=fields.text("status"),
        pay_amount=fields.decimal("pay_amount"),
        why=fields.text("why"),
    )
