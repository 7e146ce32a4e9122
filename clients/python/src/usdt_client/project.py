"""How a project is set up and stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Dict, Optional, Tuple

from ._fields import Fields
from .errors import UsdtError
from .stored_event import LastDelivery, read_last_delivery


@dataclass(frozen=True)
class Missing:
    """Something that a look before going live finds."""

    code: str
    message: str


@dataclass(frozen=True)
class Project:
    app_id: int
    name: str
    #: `test` or `live`.
    mode: str
    currency: str
    network: str
    #: The currencies in which a payment may be priced besides USDT.
    price_currencies: Tuple[str, ...]
    webhook_url: Optional[str]
    #: What you are told besides `payment.paid`.
    events: Tuple[str, ...]
    further_retries: bool
    window_seconds: int
    quarantine_seconds: int
    late_policy: str
    smallest_amount: Decimal
    largest_amount: Decimal
    #: The most that is added to a price.
    most_addition: Decimal
    addresses_offered: int
    addresses_left: int
    reviews_by: str
    reviews_waiting: int
    events_failed: int
    last_deliveries: Tuple[LastDelivery, ...]
    #: The gravest first.
    missing: Tuple[Missing, ...]
    server_time: datetime
    #: All that came, also what this version does not know.
    raw: Dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Ping:
    """What a test of the connection finds.

    `ok` says whether the gateway knows key and signature; where not, `error` says why. `clock_difference` is by how
    many seconds this machine is ahead of the gateway.
    """

    ok: bool
    mode: Optional[str] = None
    missing: Tuple[Missing, ...] = ()
    clock_difference: Optional[int] = None
    project: Optional[Project] = None
    error: Optional[UsdtError] = None


def read_project(fields: Fields) -> Project:
    return Project(
        app_id=fields.integer("app_id"),
        name=fields.text("name"),
        mode=fields.text("mode"),
        currency=fields.text("currency"),
        network=fields.text("network"),
        price_currencies=fields.texts("price_currencies"),
        webhook_url=fields.optional_text("webhook_url"),
        events=fields.texts("events"),
        further_retries=fields.flag("further_retries"),
        window_seconds=fields.integer("window_seconds"),
        quarantine_seconds=fields.integer("quarantine_seconds"),
        late_policy=fields.text("late_policy"),
        smallest_amount=fields.decimal("smallest_amount"),
        largest_amount=fields.decimal("largest_amount"),
        most_addition=fields.decimal("most_addition"),
        addresses_offered=fields.integer("addresses_offered"),
        addresses_left=fields.integer("addresses_left"),
        reviews_by=fields.text("reviews_by"),
        reviews_waiting=fields.integer("reviews_waiting"),
        events_failed=fields.integer("events_failed"),
        last_deliveries=tuple(read_last_delivery(one) for one in fields.parts("last_deliveries")),
        missing=tuple(Missing(one.text("code"), one.text("message")) for one in fields.parts("missing")),
        server_time=fields.date("server_time"),
        raw=fields.raw,
    )
