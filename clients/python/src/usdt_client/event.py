"""What a webhook tells, once its signature is right."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Callable, Dict, Optional, Tuple, Type, TypeVar, Union

from ._amount import Amount
from ._comparison import find_differences
from ._fields import Fields, Malformed

T = TypeVar("T")


@dataclass(frozen=True)
class Transfer:
    """A transfer that an event tells of. It has not paid."""

    txid: str
    amount: Decimal
    sender: Optional[str]
    address: Optional[str]


@dataclass(frozen=True)
class Event:
    """What was not told, or has another form than it must have, is `None`. Times are in UTC.

    Deliver for a `PaymentPaid` and for nothing else.
    """

    #: `payment.paid`, `payment.expired`, `payment.review`, `payment.seen`, `test` or a later type; `unknown` where
    #: the body has neither the published form nor a type.
    type: str
    app_id: Optional[int]
    payment_id: Optional[int]
    order_id: Optional[str]
    #: What you asked for.
    amount: Optional[Decimal]
    pay_amount: Optional[Decimal]
    currency: Optional[str]
    network: Optional[str]
    txid: Optional[str]
    paid_at: Optional[datetime]
    #: Paid after its window: prices or stock may have changed.
    late: bool
    #: What arrived, where somebody accepted another amount.
    received_amount: Optional[Decimal]
    #: When the gateway found what it tells.
    at: Optional[datetime]
    expires_at: Optional[datetime]
    review_id: Optional[str]
    reason: Optional[str]
    transfer: Optional[Transfer]
    metadata: Optional[Dict[str, str]] = field(hash=False)
    #: All that came, also what this version does not know.
    raw: Dict[str, Any] = field(repr=False, compare=False)

    @property
    def is_paid(self) -> bool:
        """Whether it says that a payment is paid: only a `PaymentPaid` does."""
        return False

    def matches(self, *, order_id: str, amount: Amount, payment_id: Union[int, str]) -> bool:
        """Whether it says that the payment which you have stored is paid."""
        return not self.differences(order_id=order_id, amount=amount, payment_id=payment_id)

    def differences(self, *, order_id: str, amount: Amount, payment_id: Union[int, str]) -> Tuple[str, ...]:
        """The names of the fields in which it differs from the stored payment, once that is paid.

        Those are `payment_id`, `order_id`, `amount`, `currency`, `network`, `received_amount` where less than the
        amount was accepted, and `type` where it is no `payment.paid`.
        """
        other_type = () if self.type == "payment.paid" else ("type",)
        return (*find_differences(self, order_id, amount, payment_id), *other_type)


@dataclass(frozen=True)
class PaymentPaid(Event):
    """A payment is paid: the only thing to deliver for, once it `matches` the order."""

    payment_id: int
    order_id: str
    amount: Decimal

    @property
    def is_paid(self) -> bool:
        return True


@dataclass(frozen=True)
class PaymentExpired(Event):
    """A payment's window has ended. It may still be paid late."""


@dataclass(frozen=True)
class PaymentReview(Event):
    """A transfer waits for a decision."""


@dataclass(frozen=True)
class PaymentSeen(Event):
    """The exact amount is in a block that is not final, and may still be withdrawn."""


@dataclass(frozen=True)
class TestEvent(Event):
    """The gateway tries your receiver."""

    # Test runners take a class for tests by its name.
    __test__ = False


@dataclass(frozen=True)
class UnknownEvent(Event):
    """Of a type that this version does not know, or of no form that is known."""


_CLASSES: Dict[str, Type[Event]] = {
    "payment.expired": PaymentExpired,
    "payment.review": PaymentReview,
    "payment.seen": PaymentSeen,
    "test": TestEvent,
}


def read_event(raw: Dict[str, Any]) -> Event:
    fields = Fields(raw)
    kind = _type_of(raw)
    is_paid = kind == "payment.paid" and raw.get("status") == "paid" and _has_form_of_paid(fields)
    return (PaymentPaid if is_paid else _CLASSES.get(kind, UnknownEvent))(
        type=kind,
        app_id=_lenient(lambda: fields.optional_integer("app_id")),
        # Those that a paid one must have are there, as was just seen.
        payment_id=_lenient(fields.optional_payment_id),
        order_id=_lenient(lambda: fields.optional_text("order_id")),
        amount=_lenient(lambda: fields.optional_decimal("amount")),
        pay_amount=_lenient(lambda: fields.optional_decimal("pay_amount")),
        currency=_lenient(lambda: fields.optional_text("currency")),
        network=_lenient(lambda: fields.optional_text("network")),
        txid=_lenient(lambda: fields.optional_text("txid")),
        paid_at=_lenient(lambda: fields.optional_date("paid_at")),
        late=_lenient(lambda: fields.flag("late")) or False,
        received_amount=_lenient(lambda: fields.optional_decimal("received_amount")),
        at=_lenient(lambda: fields.optional_date("at")),
        expires_at=_lenient(lambda: fields.optional_date("expires_at")),
        review_id=_lenient(lambda: fields.optional_text("review_id")),
        reason=_lenient(lambda: fields.optional_text("reason")),
        transfer=_lenient(lambda: _read_transfer(fields.optional_part("transfer"))),
        metadata=_lenient(lambda: fields.optional_texts("metadata")),
        raw=raw,
    )


def _has_form_of_paid(fields: Fields) -> bool:
    try:
        fields.payment_id()
        fields.text("order_id")
        fields.decimal("amount")
        fields.optional_decimal("received_amount")
        fields.flag("late")
    except Malformed:
        return False
    return True


def _type_of(raw: Dict[str, Any]) -> str:
    if "type" not in raw:
        return "payment.paid" if raw.get("status") == "paid" else "unknown"
    kind = raw["type"]
    return kind if isinstance(kind, str) and kind else "unknown"


def _read_transfer(fields: Optional[Fields]) -> Optional[Transfer]:
    if fields is None:
        return None
    return Transfer(
        txid=fields.text("txid"),
        amount=fields.decimal("amount"),
        sender=fields.optional_text("from"),
        address=fields.optional_text("address"),
    )


def _lenient(read: Callable[[], Optional[T]]) -> Optional[T]:
    try:
        return read()
    except Malformed:
        return None
