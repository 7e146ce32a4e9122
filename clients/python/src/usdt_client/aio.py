"""The client for asyncio: each call runs in a thread of its own pool."""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, AsyncIterator, Callable, Dict, Iterator, Mapping, Optional, Sequence, Type, TypeVar, Union

from ._amount import Amount
from ._caller import Query
from ._headers import Headers
from ._signer import Hidden
from .client import MOST_WAIT, UNSET, Client, Moment, PaymentId, Unset
from .clock import Clock
from .event import Event
from .payment import Payment
from .project import Ping, Project
from .review import Acceptance, Review
from .simulated import SimulatedPayment
from .stored_event import StoredEvent, WebhookTest
from .timeline import RetrievedPayment
from .transport import Transport
from .webhook import RawBody

T = TypeVar("T")

#: Calls under way at once; more of them wait.
_MOST_THREADS = 32


class AsyncClient(Hidden):
    """As `Client`, with calls to await. Use it with `async with`, or call `aclose` at the end.

    Where a call is cancelled, nobody waits for it any more: the gateway may still do it.
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
        # A report with local variables shows nothing of what an iterator holds.
        api_secrets, webhooks = iter((api_secret,)), iter((webhook_secrets,))
        del api_secret, webhook_secrets
        self._client = Client(
            gateway,
            api_key,
            next(api_secrets),
            connect_timeout=connect_timeout,
            timeout=timeout,
            user_agent=user_agent,
            transport=transport,
            webhook_secrets=next(webhooks),
            clock=clock,
        )
        self.gateway = self._client.gateway
        #: Verifies webhooks; the frameworks' helpers take it.
        self.webhook = self._client.webhook
        # Of its own, so that calls which wait hold up nothing else of the program.
        self._threads = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="usdt-client")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {vars(self).get('gateway')}>"

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Waits for the calls under way, and takes no more."""
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)

    async def create_payment(
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
        return await self._run(
            lambda: self._client.create_payment(
                order_id=order_id,
                amount=amount,
                price_amount=price_amount,
                price_currency=price_currency,
                description=description,
                metadata=metadata,
                success_url=success_url,
                fail_url=fail_url,
                idempotency_key=idempotency_key,
            )
        )

    async def get_payment(self, payment_id: PaymentId) -> Payment:
        return await self._run(lambda: self._client.get_payment(payment_id))

    async def get_payment_by_order(self, order_id: str) -> Payment:
        return await self._run(lambda: self._client.get_payment_by_order(order_id))

    async def wait_for_change(self, payment: Payment, seconds: int = MOST_WAIT) -> Payment:
        return await self._run(lambda: self._client.wait_for_change(payment, seconds))

    async def retrieve(self, payment_id: PaymentId) -> RetrievedPayment:
        return await self._run(lambda: self._client.retrieve(payment_id))

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
    ) -> AsyncIterator[Payment]:
        return self._each(
            self._client.list_payments(
                status=status,
                order_id=order_id,
                created_from=created_from,
                created_to=created_to,
                txid=txid,
                amount=amount,
                limit=limit,
            )
        )

    async def cancel_payment(
        self,
        payment_id: PaymentId,
        *,
        by: Optional[str] = None,
        note: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> RetrievedPayment:
        return await self._run(
            lambda: self._client.cancel_payment(payment_id, by=by, note=note, idempotency_key=idempotency_key)
        )

    async def project(self) -> Project:
        return await self._run(self._client.project)

    async def update_project(
        self,
        *,
        webhook_url: Union[str, None, Unset] = UNSET,
        events: Optional[Sequence[str]] = None,
        further_retries: Optional[bool] = None,
        by: Optional[str] = None,
        note: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Project:
        return await self._run(
            lambda: self._client.update_project(
                webhook_url=webhook_url,
                events=events,
                further_retries=further_retries,
                by=by,
                note=note,
                idempotency_key=idempotency_key,
            )
        )

    async def ping(self) -> Ping:
        return await self._run(self._client.ping)

    def list_events(
        self,
        *,
        type: Optional[str] = None,
        state: Optional[str] = None,
        payment_id: Optional[PaymentId] = None,
        created_from: Optional[Moment] = None,
        created_to: Optional[Moment] = None,
        limit: Optional[int] = None,
    ) -> AsyncIterator[StoredEvent]:
        return self._each(
            self._client.list_events(
                type=type,
                state=state,
                payment_id=payment_id,
                created_from=created_from,
                created_to=created_to,
                limit=limit,
            )
        )

    async def get_event(self, event_id: str) -> StoredEvent:
        return await self._run(lambda: self._client.get_event(event_id))

    async def resend_event(
        self,
        event_id: str,
        *,
        by: Optional[str] = None,
        note: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> StoredEvent:
        return await self._run(
            lambda: self._client.resend_event(event_id, by=by, note=note, idempotency_key=idempotency_key)
        )

    def list_reviews(self, *, limit: Optional[int] = None) -> AsyncIterator[Review]:
        return self._each(self._client.list_reviews(limit=limit))

    async def accept_review(
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
        return await self._run(
            lambda: self._client.accept_review(
                review_id,
                payment_id=payment_id,
                by=by,
                note=note,
                with_reviews=with_reviews,
                anyway=anyway,
                idempotency_key=idempotency_key,
            )
        )

    async def dismiss_review(
        self, review_id: str, *, by: str, note: str, idempotency_key: Optional[str] = None
    ) -> Review:
        return await self._run(
            lambda: self._client.dismiss_review(review_id, by=by, note=note, idempotency_key=idempotency_key)
        )

    async def send_test_webhook(self) -> WebhookTest:
        return await self._run(self._client.send_test_webhook)

    async def test_pay(
        self,
        payment_id: PaymentId,
        case: str = "exact",
        *,
        amount: Optional[Amount] = None,
        confirm: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> SimulatedPayment:
        return await self._run(
            lambda: self._client.test_pay(
                payment_id, case, amount=amount, confirm=confirm, idempotency_key=idempotency_key
            )
        )

    async def test_time(self, seconds: int, *, idempotency_key: Optional[str] = None) -> int:
        return await self._run(lambda: self._client.test_time(seconds, idempotency_key=idempotency_key))

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Query] = None,
        body: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Dict[str, Any]:
        return await self._run(
            lambda: self._client.request(method, path, query=query, body=body, idempotency_key=idempotency_key)
        )

    def verify_webhook(self, raw_body: RawBody, headers: Headers) -> Event:
        """It asks nobody, so there is nothing to await."""
        return self._client.verify_webhook(raw_body, headers)

    async def _run(self, call: Callable[[], T]) -> T:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: context.run(call))

    async def _each(self, rows: Iterator[T]) -> AsyncIterator[T]:
        end = object()
        while True:
            row: Union[T, object] = await self._run(lambda: next(rows, end))
            if row is end:
                return
            yield row  # type: ignore[misc]
