"""What the call that pays has sent on the simulated chain of a test project."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Tuple

from ._fields import Fields


@dataclass(frozen=True)
class SimulatedPayment:
    #: In the order in which they were sent.
    txids: Tuple[str, ...]
    #: What each of them sends.
    amount: Decimal


def read_simulated_payment(fields: Fields) -> SimulatedPayment:
    return SimulatedPayment(fields.texts("txids"), fields.decimal("amount"))
