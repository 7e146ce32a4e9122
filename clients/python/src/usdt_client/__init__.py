"""Takes payments in USDT on TRON: calls a payment gateway, and verifies its webhooks."""

from ._amount import Amount
from ._version import VERSION as _VERSION
from .aio import AsyncClient
from .client import UNSET, Client
from .clock import Clock, SystemClock
from .errors import (
    ApiError,
    AuthenticationError,
    ConnectionError,
    InvalidArgument,
    InvalidRequestError,
    NotFoundError,
    OrderConflictError,
    RateLimitError,
    ServerError,
    SignatureError,
    UnexpectedAnswerError,
    UsdtError,
)
from .event import (
    Event,
    PaymentExpired,
    PaymentPaid,
    PaymentReview,
    PaymentSeen,
    TestEvent,
    Transfer,
    UnknownEvent,
)
from .payment import OtherMoney, Payment, Price
from .project import Missing, Ping, Project
from .review import Acceptance, Candidate, Review
from .simulated import SimulatedPayment
from .stored_event import Attempt, LastDelivery, StoredEvent, WebhookTest
from .timeline import RetrievedPayment, TimelineEntry
from .transport import HttpTransport, Request, Response, Transport
from .webhook import Webhook

__version__ = _VERSION

__all__ = [
    "Acceptance",
    "Amount",
    "ApiError",
    "AsyncClient",
    "Attempt",
    "AuthenticationError",
    "Candidate",
    "Client",
    "Clock",
    "ConnectionError",
    "Event",
    "HttpTransport",
    "InvalidArgument",
    "InvalidRequestError",
    "LastDelivery",
    "Missing",
    "NotFoundError",
    "OrderConflictError",
    "OtherMoney",
    "Payment",
    "PaymentExpired",
    "PaymentPaid",
    "PaymentReview",
    "PaymentSeen",
    "Ping",
    "Price",
    "Project",
    "RateLimitError",
    "Request",
    "Response",
    "RetrievedPayment",
    "Review",
    "ServerError",
    "SignatureError",
    "SimulatedPayment",
    "StoredEvent",
    "SystemClock",
    "TestEvent",
    "TimelineEntry",
    "Transfer",
    "Transport",
    "UNSET",
    "UnexpectedAnswerError",
    "UnknownEvent",
    "UsdtError",
    "Webhook",
    "WebhookTest",
]
