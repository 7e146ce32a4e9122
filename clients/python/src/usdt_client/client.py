"""What a merchant's server can ask and do."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, TypeVar, Union

from ._amount import Amount, require_amount
from ._answer import read_parts, unexpected
from ._caller import Caller, Query, require_api_key, segment
from ._comparison import require_payment_id
from ._fields import Fields
from ._headers import Headers
from ._origin import parse_origin
from ._signer import Hidden, Signer
from .clock import Clock, SystemClock
from .errors import InvalidArgument, UsdtError
from .event import Event
from .payment import Payment, read_payment
from .project import Ping, Project, read_project
from .review import Acceptance, Review, read_acceptance, read_review
from .simulated import SimulatedPayment, read_simulated_payment
from .stored_event import StoredEvent, WebhookTest, read_stored_event, read_webhook_test
from .timeline import RetrievedPayment, read_retrieved
from .transport import HttpTransport, Transport
from .webhook import RawBody, Webhook

T = TypeVar("T")

PaymentId = Union[int, str]
#: A `datetime` with its zone, a `date` for its first moment in UTC, or text as the API has it.
Moment = Union[datetime, date, str]


class Unset(enum.Enum):
    """Stands for what is left as it is, where `None` means something."""

    UNSET = "unset"


UNSET = Unset.UNSET

#: The most seconds for which the gateway holds an answer.
MOST_WAIT = 25
#: After an answer that came at once without news: the gateway holds no more of them.
_PAUSE = 5.0


class Client(Hidden):
    """Calls the gateway for one project. It may be used by several threads at once.

    `gateway` is an origin such as `https://pay.example.com`. `http` is for this machine, or a test key. Timeouts are
    in seconds: `connect_timeout` until the connection stands, `timeout` of each attempt until the whole answer is
    there. `user_agent` names your program in the gateway's log, such as `plugin/2.1`. `webhook_secrets` verify
    webhooks while a secret is changed, or where it is another key's: else the API secret does.
    """

    def __init__(
        self,
        gateway: str,
        api_key: str,
        api_secret: str,
        *,
        connect_timeout: float = 5.0,
        timeout: float = 15.0,
        user_agent: Optional[str] = None,
        transport: Optional[Transport] = None,
        webhook_secrets: Union[str, Sequence[str], None] = None,
        clock: Optional[Clock] = None,
    ) -> None:
        self._clock = clock or SystemClock()
        # A report with local variables shows nothing of what an iterator holds.
        calls, webhooks = iter((api_secret,)), iter((api_secret if webhook_secrets is None else webhook_secrets,))
        del api_secret, webhook_secrets
        signer = Signer(next(calls))
        #: Verifies webhooks; the frameworks' helpers take it.
        self.webhook = Webhook(next(webhooks), now=self._clock.now)
        self.gateway = parse_origin(gateway, require_api_key(api_key))
        self._caller = Caller(
            self.gateway,
            api_key,
            signer,
            user_agent,
            connect_timeout,
            timeout,
            transport or HttpTransport(),
            self._clock,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {vars(self).get('gateway')}>"

    def create_payment(
        self,
        *,
        order_id: str,
        amount: Optional[Amount] = None,
        price_amount: Optional[Amount] = None,
        price_currency: Optional[str] = None,
        description: Optional[str] = None,
        metadata: Optional[Mapping[str, str]] = None,
        success_url: Optional[str] = None,
        fail_url: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Payment:
        """Creates a payment, or returns the one that the order has.

        `order_id` never comes again: `<shop>-<order>-<attempt>`. Give `amount` in USDT, or `price_amount` with
        `price_currency`. Store the payment's `payment_id` with the order, and redirect the payer to its `payment_url`.
        The call is repeated where no answer came, and makes one payment.
        """
        if not isinstance(order_id, str) or not order_id:
            raise InvalidArgument("order_id must be text")
        if (amount is None) == (price_amount is None) or (price_amount is None) != (price_currency is None):
            raise InvalidArgument("give amount, or price_amount with price_currency")
        asked = None if amount is None else require_amount(amount, "amount")
        body = _given(
            order_id=order_id,
            amount=asked,
            price_amount=None if price_amount is None else require_amount(price_amount, "price_amount"),
            price_currency=price_currency,
            description=description,
            metadata=metadata,
            success_url=success_url,
            fail_url=fail_url,
        )
        key = str(uuid.uuid4()) if idempotency_key is None else idempotency_key
        payment = self._payment("POST", "/api/create-payment.php", body=body, idempotency_key=key)
        if payment.order_id != order_id or (asked is not None and payment.amount != Decimal(asked)):
            raise unexpected("it is of another order or amount")
        return payment

    def get_payment(self, payment_id: PaymentId) -> Payment:
        """How a payment stands."""
        return self._status(require_payment_id(payment_id))

    def get_payment_by_order(self, order_id: str) -> Payment:
        """The order's payment that is pending or paid, or else its latest."""
        if not isinstance(order_id, str) or not order_id:
            raise InvalidArgument("order_id must be text")
        payment = self._payment("GET", "/api/payment-status.php", query={"order_id": order_id})
        if payment.order_id != order_id:
            raise unexpected("it is of another order")
        return payment

    def wait_for_change(self, payment: Payment, seconds: int = MOST_WAIT) -> Payment:
        """The payment once it has changed, or as it was after so many seconds, at most 25."""
        if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= MOST_WAIT:
            raise InvalidArgument(f"seconds must be a whole number from 0 to {MOST_WAIT}")
        end = self._clock.monotonic() + seconds
        query = {"wait": seconds, "v": payment.version}
        changed = self._status(payment.payment_id, query, hold=seconds)
        left = min(end - self._clock.monotonic(), _PAUSE)
        if changed.version == payment.version and left > 0:
            self._clock.sleep(left)
        return changed

    def retrieve(self, payment_id: PaymentId) -> RetrievedPayment:
        """A payment and what has become of it, step by step."""
        return self._read("GET", f"/api/v1/payments/{require_payment_id(payment_id)}", read_retrieved)

    def list_payments(
        self,
        *,
        status: Optional[str] = None,
        order_id: Optional[str] = None,
        created_from: Optional[Moment] = None,
        created_to: Optional[Moment] = None,
        txid: Optional[str] = None,
        amount: Optional[Amount] = None,
        limit: Optional[int] = None,
    ) -> Iterator[Payment]:
        """All payments that fit, the newest first, page by page as they are asked for.

        `limit` is for the rows of each page, 1 to 100. All pages come whatever it is.
        """
        query: Query = {
            "status": status,
            "order_id": order_id,
            "created_from": _moment(created_from, "created_from"),
            "created_to": _moment(created_to, "created_to"),
            "txid": txid,
            "amount": None if amount is None else require_amount(amount, "amount"),
            "limit": limit,
        }
        return self._pages("/api/v1/payments", query, "payments", read_payment)

    def cancel_payment(
        self,
        payment_id: PaymentId,
        *,
        by: Optional[str] = None,
        note: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> RetrievedPayment:
        """Gives up a payment that is pending, and for which no money was seen."""
        number = require_payment_id(payment_id)
        body = _given(payment_id=number, by=by, note=note)
        return self._read("POST", f"/api/v1/payments/{number}/cancel", read_retrieved, body, idempotency_key)

    def project(self) -> Project:
        """How the project is set up and stands."""
        return self._read("GET", "/api/v1/project", _part("project", read_project))

    def update_project(
        self,
        *,
        webhook_url: Union[str, None, Unset] = UNSET,
        events: Optional[Sequence[str]] = None,
        further_retries: Optional[bool] = None,
        by: Optional[str] = None,
        note: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Project:
        """Sets what is given, and leaves the rest. A `webhook_url` of `None` removes it."""
        body = _given(
            events=None if events is None else _texts(events, "events"),
            further_retries=further_retries,
            by=by,
            note=note,
        )
        if webhook_url is not UNSET:
            body["webhook_url"] = webhook_url
        return self._read("PATCH", "/api/v1/project", _part("project", read_project), body, idempotency_key)

    def ping(self) -> Ping:
        """For a button "Test connection": what is wrong is part of the report."""
        start = self._clock.now()
        try:
            project = self.project()
        except UsdtError as error:
            return Ping(ok=False, error=error)
        middle = (start + self._clock.now()) / 2
        return Ping(
            ok=True,
            mode=project.mode,
            missing=project.missing,
            clock_difference=round(middle - project.server_time.timestamp()),
            project=project,
        )

    def list_events(
        self,
        *,
        type: Optional[str] = None,
        state: Optional[str] = None,
        payment_id: Optional[PaymentId] = None,
        created_from: Optional[Moment] = None,
        created_to: Optional[Moment] = None,
        limit: Optional[int] = None,
    ) -> Iterator[StoredEvent]:
        """All webhook events that fit, page by page as they are asked for."""
        query: Query = {
            "type": type,
            "state": state,
            "payment_id": None if payment_id is None else require_payment_id(payment_id),
            "created_from": _moment(created_from, "created_from"),
            "created_to": _moment(created_to, "created_to"),
            "limit": limit,
        }
        return self._pages("/api/v1/events", query, "events", read_stored_event)

    def get_event(self, event_id: str) -> StoredEvent:
        """An event with its body and each attempt."""
        path = f"/api/v1/events/{segment(event_id, 'event_id')}"
        return self._read("GET", path, _part("event", read_stored_event))

    def resend_event(
        self,
        event_id: str,
        *,
        by: Optional[str] = None,
        note: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> StoredEvent:
        """Sends an event again, now."""
        path = f"/api/v1/events/{segment(event_id, 'event_id')}/resend"
        body = _given(event_id=event_id, by=by, note=note)
        return self._read("POST", path, _part("event", read_stored_event), body, idempotency_key)

    def list_reviews(self, *, limit: Optional[int] = None) -> Iterator[Review]:
        """All transfers in review, the oldest first, page by page as they are asked for."""
        return self._pages("/api/v1/reviews", {"limit": limit}, "reviews", read_review)

    def accept_review(
        self,
        review_id: str,
        *,
        payment_id: PaymentId,
        by: str,
        note: str,
        with_reviews: Optional[Sequence[str]] = None,
        anyway: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> Acceptance:
        """Takes a transfer for a payment, together with those of `with_reviews`. It cannot be undone.

        `anyway` takes it whatever is doubtful.
        """
        path = f"/api/v1/reviews/{segment(review_id, 'review_id')}/accept"
        body = _given(
            review_id=review_id,
            payment_id=require_payment_id(payment_id),
            by=by,
            note=note,
            anyway=anyway,
        )
        if with_reviews is not None:
            body["with"] = _texts(with_reviews, "with_reviews")
        return self._read("POST", path, read_acceptance, body, idempotency_key)

    def dismiss_review(self, review_id: str, *, by: str, note: str, idempotency_key: Optional[str] = None) -> Review:
        """Takes a transfer out of the list as nobody's payment."""
        path = f"/api/v1/reviews/{segment(review_id, 'review_id')}/dismiss"
        body = _given(review_id=review_id, by=by, note=note)
        return self._read("POST", path, _part("review", read_review), body, idempotency_key)

    def send_test_webhook(self) -> WebhookTest:
        """Sends the receiver a signed test, and says what came back."""
        return self._read("POST", "/api/v1/webhook-test", _part("test", read_webhook_test), {})

    def test_pay(
        self,
        payment_id: PaymentId,
        case: str = "exact",
        *,
        amount: Optional[Amount] = None,
        confirm: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> SimulatedPayment:
        """Of a test project: pays on the simulated chain. Cases: exact, less, more, twice, late, failing."""
        body = _given(
            payment_id=require_payment_id(payment_id),
            case=case,
            amount=None if amount is None else require_amount(amount, "amount"),
            confirm=confirm,
        )
        return self._read("POST", "/api/v1/test/pay", read_simulated_payment, body, idempotency_key)

    def test_time(self, seconds: int, *, idempotency_key: Optional[str] = None) -> int:
        """Of a test project: lets time pass on the simulated chain. Returns the number of blocks."""
        body = {"seconds": seconds}
        return self._read("POST", "/api/v1/test/time", lambda fields: fields.integer("blocks"), body, idempotency_key)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Query] = None,
        body: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Dict[str, Any]:
        """Any signed call, for what this version does not know. Returns what the answer holds."""
        return self._caller.call(method, path, query, body, idempotency_key)

    def verify_webhook(self, raw_body: RawBody, headers: Headers) -> Event:
        """The event that a webhook brought: see `Webhook.verify`."""
        return self.webhook.verify(raw_body, headers)

    def _status(self, payment_id: int, more: Optional[Mapping[str, int]] = None, hold: float = 0) -> Payment:
        query = {"payment_id": payment_id, **(more or {})}
        payment = self._payment("GET", "/api/payment-status.php", query=query, hold=hold)
        if payment.payment_id != payment_id:
            raise unexpected("it is of another payment")
        return payment

    def _payment(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Query] = None,
        body: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
        hold: float = 0,
    ) -> Payment:
        answer = self._caller.call(method, path, query, body, idempotency_key, hold)
        return read_parts(answer, _part("payment", read_payment))

    def _read(
        self,
        method: str,
        path: str,
        read: Callable[[Fields], T],
        body: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
    ) -> T:
        return read_parts(self._caller.call(method, path, None, body, idempotency_key), read)

    def _pages(self, path: str, query: Query, name: str, read: Callable[[Fields], T]) -> Iterator[T]:
        def read_page(fields: Fields) -> Tuple[List[T], Optional[str]]:
            return [read(one) for one in fields.parts(name)], fields.optional_text("next_cursor")

        cursor: Optional[str] = None
        while True:
            rows, following = read_parts(self._caller.call("GET", path, {**query, "cursor": cursor}), read_page)
            yield from rows
            if following is None:
                return
            if following == cursor:
                raise unexpected("its next page is the same page")
            cursor = following


def _part(name: str, read: Callable[[Fields], T]) -> Callable[[Fields], T]:
    """Reads that part of an answer."""
    return lambda fields: read(fields.part(name))


def _given(**fields: object) -> Dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _texts(values: Sequence[str], name: str) -> List[str]:
    # A text is a sequence of texts too.
    if isinstance(values, str):
        raise InvalidArgument(f"{name} must be a list")
    return list(values)


def _moment(value: Optional[Moment], name: str) -> Optional[str]:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidArgument(f"{name} must have its zone: datetime.now(timezone.utc), for example")
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value
