"""A payment, as the gateway tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Dict, Optional, Tuple, Union

from ._amount import Amount
from ._comparison import find_differences
from ._fields import Fields


@dataclass(frozen=True)
class OtherMoney:
    """Money that has not paid: it waits for a decision, or is not final yet."""

    amount: Decimal
    txid: str


@dataclass(frozen=True)
class Price:
    """The price in another currency from which the amount was made."""

    amount: Decimal
    currency: str
    rate: Decimal
    margin_percent: str
    rated_at: datetime


@dataclass(frozen=True)
class Payment:
    """What was not told is `None`. Times are in UTC.

    `amount` is what you asked for, and `pay_amount` what the payer must send. Redirect the payer to `payment_url`.
    A `txid` says that a transfer was seen, and not that it has paid: only `is_paid` says that.
    """

    payment_id: int
    order_id: str
    status: str
    amount: Decimal
    pay_amount: Decimal
    currency: str
    network: str
    address: str
    payment_url: str
    expires_at: datetime
    #: Seconds left by the gateway's clock.
    expires_in: int
    server_time: datetime
    confirmations: int
    required_confirmations: int
    version: int
    description: Optional[str]
    metadata: Optional[Dict[str, str]] = field(hash=False)
    success_url: Optional[str]
    fail_url: Optional[str]
    txid: Optional[str]
    received_amount: Optional[Decimal]
    paid_at: Optional[datetime]
    late: bool
    unmatched: Optional[OtherMoney]
    arriving: Optional[OtherMoney]
    #: Seconds by which the gateway reads the chain late.
    chain_delay: Optional[int]
    price: Optional[Price]
    #: Only in lists and beside a timeline.
    created_at: Optional[datetime]
    #: All that came, also what this version does not know.
    raw: Dict[str, Any] = field(repr=False, compare=False)

    @property
    def is_paid(self) -> bool:
        """Whether its status is `paid`, and nothing else."""
        return self.status == "paid"

    def matches(self, *, order_id: str, amount: Amount, payment_id: Union[int, str]) -> bool:
        """Whether it is the payment that you have stored. It need not be paid: see `is_paid`."""
        return not self.differences(order_id=order_id, amount=amount, payment_id=payment_id)

    def differences(self, *, order_id: str, amount: Amount, payment_id: Union[int, str]) -> Tuple[str, ...]:
        """The names of the fields in which it differs from what you have stored.

        Those are `payment_id`, `order_id`, `amount`, `currency`, `network`, and `received_amount` where less than
        the amount was accepted.
        """
        return find_differences(self, order_id, amount, payment_id)


def read_payment(fields: Fields) -> Payment:
    return Payment(
        payment_id=fields.payment_id(),
        order_id=fields.text("order_id"),
        status=fields.text("status"),
        amount=fields.decimal("amount"),
        pay_amount=fields.decimal("pay_amount"),
        currency=fields.text("currency"),
        network=fields.text("network"),
        address=fields.text("address"),
        payment_url=fields.text("payment_url"),
        expires_at=fields.date("expires_at"),
        expires_in=fields.integer("expires_in"),
        server_time=fields.date("server_time"),
        confirmations=fields.integer("confirmations"),
        required_confirmations=fields.integer("required_confirmations"),
        version=fields.integer("version"),
        description=fields.optional_text("description"),
        metadata=fields.optional_texts("metadata"),
        success_url=fields.optional_text("success_url"),
        fail_url=fields.optional_text("fail_url"),
        txid=fields.optional_text("txid"),
        received_amount=fields.optional_decimal("received_amount"),
        paid_at=fields.optional_date("paid_at"),
        late=fields.flag("late"),
        unmatched=_other_money(fields.optional_part("unmatched")),
        arriving=_other_money(fields.optional_part("arriving")),
        chain_delay=fields.optional_integer("chain_delay"),
        price=_price(fields.optional_part("price")),
        created_at=fields.optional_date("created_at"),
        raw=fields.raw,
    )


def _other_money(fields: Optional[Fields]) -> Optional[OtherMoney]:
    return None if fields is None else OtherMoney(fields.decimal("amount"), fields.text("txid"))


def _price(fields: Optional[Fields]) -> Optional[Price]:
    if fields is None:
        return None
    return Price(
        amount=fields.decimal("amount"),
        currency=fields.text("currency"),
        rate=fields.decimal("rate"),
        margin_percent=fields.text("margin_percent"),
        rated_at=fields.date("rated_at"),
    )
