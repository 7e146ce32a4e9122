"""Everything in which a payment can differ from the one that the shop has stored."""

from __future__ import annotations

from decimal import Decimal
from typing import List, Optional, Protocol, Tuple

from ._amount import Amount, require_amount
from ._fields import parse_payment_id
from .errors import InvalidArgument


class Compared(Protocol):
    """What is compared. What was not told is `None`."""

    @property
    def payment_id(self) -> Optional[int]: ...
    @property
    def order_id(self) -> Optional[str]: ...
    @property
    def amount(self) -> Optional[Decimal]: ...
    @property
    def currency(self) -> Optional[str]: ...
    @property
    def network(self) -> Optional[str]: ...
    @property
    def received_amount(self) -> Optional[Decimal]: ...


def find_differences(payment: Compared, order_id: object, amount: Amount, payment_id: object) -> Tuple[str, ...]:
    """The names of what differs, as the gateway calls them."""
    if not isinstance(order_id, str):
        raise InvalidArgument("order_id must be text")
    stored = Decimal(require_amount(amount, "amount"))
    received = payment.received_amount
    found: List[Tuple[str, bool]] = [
        ("payment_id", payment.payment_id != require_payment_id(payment_id)),
        ("order_id", payment.order_id != order_id),
        ("amount", payment.amount != stored),
        ("currency", payment.currency != "USDT"),
        ("network", payment.network != "TRC20"),
        # Less than the order's amount was accepted: a person decides.
        ("received_amount", received is not None and received < stored),
    ]
    return tuple(name for name, differs in found if differs)


def require_payment_id(value: object) -> int:
    """A payment's ID that a program hands in."""
    payment_id = parse_payment_id(value)
    if payment_id is None:
        raise InvalidArgument("payment_id must be the number that the gateway gave, of up to 53 bits")
    return payment_id
