"""Each call against a real gateway on a simulated chain."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import time
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Callable, Dict, Optional, TypeVar
from unittest import mock

from tests.kit import CLIENTS, PATIENCE, Receiver, new_order, testkit, until_paid
from usdt_client import (
    AsyncClient,
    AuthenticationError,
    Client,
    InvalidRequestError,
    NotFoundError,
    OrderConflictError,
    PaymentExpired,
    PaymentPaid,
    SignatureError,
    StoredEvent,
    TestEvent,
    Webhook,
)
from usdt_client._headers import read_headers

T = TypeVar("T")


def until(find: Callable[[], Optional[T]]) -> T:
    """What `find` returns, once it is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = find()
        if found:
            return found
    raise AssertionError("it has not come")


class Calls(unittest.TestCase):
    client: Client

    @classmethod
    def setUpClass(cls) -> None:
        cls.client = testkit().client()

    def test_a_payment_from_nothing_to_paid(self) -> None:
        order = new_order() + " Größe 7/8 – 注文 🛒 +&="
        fields = {"description": "Two", "metadata": {"cart": "7"}, "success_url": "http://shop.example/a?b=c"}
        created = self.client.create_payment(order_id=order, amount=Decimal("50.00"), **fields)  # type: ignore[arg-type]
        self.assertEqual((created.order_id, created.status, created.is_paid), (order, "pending", False))
        self.assertEqual(created.amount, 50)
        self.assertTrue(created.amount < created.pay_amount < 51)
        self.assertLess(abs(created.server_time - datetime.now(timezone.utc)), timedelta(minutes=5))
        self.assertGreater(created.expires_at, created.server_time)
        again = self.client.create_payment(order_id=order, amount="50")
        self.assertEqual(again.payment_id, created.payment_id)

        found = self.client.get_payment(created.payment_id)
        self.assertEqual(found.payment_id, self.client.get_payment_by_order(order).payment_id)
        self.assertEqual((found.description, found.metadata), ("Two", {"cart": "7"}))
        self.assertEqual(found.success_url, "http://shop.example/a?b=c")

        sent = self.client.test_pay(created.payment_id)
        self.assertEqual(sent.amount, created.pay_amount)
        paid = until_paid(self.client, found)
        self.assertEqual((paid.txid, paid.received_amount), (sent.txids[0], created.pay_amount))
        self.assertIsNotNone(paid.paid_at)
        stored = {"order_id": order, "amount": "50.000", "payment_id": created.payment_id}
        self.assertTrue(paid.matches(**stored))  # type: ignore[arg-type]
        self.assertEqual(paid.differences(order_id=order, amount="49", payment_id=1), ("payment_id", "amount"))
        whats = [entry.what for entry in self.client.retrieve(paid.payment_id).timeline]
        self.assertEqual(whats[:2], ["created", "credited"])

    def test_the_first_payment_of_the_readme(self) -> None:
        readme = (CLIENTS / "python" / "README.md").read_text("utf-8")
        program = readme.split("```python\n")[1].split("```")[0]
        kit = testkit()
        program = program.replace("https://pay.example.com", kit.gateway).replace("shop1-1001-1", new_order())
        found: Dict[str, Any] = {}
        with mock.patch.dict(os.environ, API_KEY=kit.api_key, API_SECRET=kit.api_secret):
            exec(program, found)
        self.assertEqual(found["payment"].success_url, "https://shop.example/return?order=1001")

    def test_refusals(self) -> None:
        order = new_order()
        self.client.create_payment(order_id=order, amount="50.00")
        with self.assertRaises(OrderConflictError) as conflict:
            self.client.create_payment(order_id=order, amount="51.00")
        self.assertEqual(conflict.exception.code, "order_id_conflict")
        self.assertIsNotNone(conflict.exception.docs)
        with self.assertRaises(InvalidRequestError) as invalid:
            self.client.create_payment(order_id=new_order(), amount="0.0000001")
        self.assertEqual((invalid.exception.status, invalid.exception.code), (422, "invalid_amount"))
        self.assertIsNotNone(invalid.exception.hint)
        self.assertIsNotNone(invalid.exception.request_id)
        for call in (
            lambda: self.client.get_payment(1),
            lambda: self.client.get_payment_by_order(new_order()),
            lambda: self.client.retrieve(1),
            lambda: self.client.get_event("evt_none"),
            lambda: self.client.dismiss_review("none:0", by="tests", note="none"),
        ):
            with self.assertRaises(NotFoundError):
                call()

    def test_wrong_keys_say_which_is_wrong(self) -> None:
        kit = testkit()
        for key, secret, code in [
            ("pk_test_none", kit.api_secret, "invalid_api_key"),
            (kit.api_key, "sk_test_other", "invalid_signature"),
        ]:
            ping = Client(kit.gateway, key, secret).ping()
            self.assertIsInstance(ping.error, AuthenticationError)
            self.assertEqual(getattr(ping.error, "code", None), code)

    def test_ping_and_project(self) -> None:
        ping = self.client.ping()
        self.assertEqual((ping.ok, ping.mode, ping.error), (True, "test", None))
        self.assertIn("test_mode", [one.code for one in ping.missing])
        assert ping.clock_difference is not None
        testkit().pass_time(self.client, 600)
        later = self.client.ping().clock_difference
        assert later is not None
        self.assertTrue(590 < ping.clock_difference - later < 610, "the gateway goes ahead of this machine")
        self.assertEqual(self.client.project().price_currencies, ("EUR", "USD"))
        self.assertEqual(self.client.project().raw.keys(), ping.project and ping.project.raw.keys())

    def test_update_project(self) -> None:
        before = self.client.project()
        changed = self.client.update_project(
            webhook_url="http://127.0.0.1:9/none",
            events=["payment.seen"],
            further_retries=True,
            by="tests",
            note="a test",
        )
        self.assertEqual(
            (changed.webhook_url, changed.events, changed.further_retries),
            ("http://127.0.0.1:9/none", ("payment.seen",), True),
        )
        self.assertIsNone(self.client.update_project(webhook_url=None, events=[], further_retries=False).webhook_url)
        self.client.update_project(webhook_url=before.webhook_url, idempotency_key=new_order())
        self.assertEqual(self.client.project().webhook_url, before.webhook_url)

    def test_lists_over_all_pages(self) -> None:
        start = datetime.now(timezone.utc) - timedelta(seconds=1)
        orders = [new_order() for _ in range(5)]
        for order in orders:
            self.client.create_payment(order_id=order, amount="7.25")
        listed = [
            one
            for one in self.client.list_payments(amount="7.25", created_from=start, limit=2)
            if one.order_id in orders
        ]
        self.assertEqual({one.order_id for one in listed}, set(orders))
        self.assertIsNotNone(listed[0].created_at)
        [one] = self.client.list_payments(order_id=orders[2])
        self.assertEqual(one.order_id, orders[2])
        self.assertEqual(list(self.client.list_payments(status="failed", order_id=orders[2])), [])
        with self.assertRaises(InvalidRequestError):
            list(self.client.list_payments(status="none"))

    def test_cancel(self) -> None:
        payment = self.client.create_payment(order_id=new_order(), amount="3")
        cancelled = self.client.cancel_payment(payment.payment_id, by="tests", note="abandoned")
        self.assertEqual(cancelled.payment.status, "failed")
        entry = cancelled.timeline[-1]
        self.assertEqual((entry.what, entry.by, entry.note), ("cancelled", "tests", "abandoned"))
        paid = testkit().paid(self.client)
        with self.assertRaises(OrderConflictError) as refused:
            self.client.cancel_payment(paid.payment_id)
        self.assertEqual(refused.exception.code, "payment_paid")

    def test_wait_for_change(self) -> None:
        payment = self.client.create_payment(order_id=new_order(), amount="4")
        self.assertEqual(self.client.wait_for_change(payment, 0).version, payment.version)
        self.client.cancel_payment(payment.payment_id)
        self.assertEqual(self.client.wait_for_change(payment, 25).status, "failed")

    def test_reviews(self) -> None:
        accepted = self.client.create_payment(order_id=new_order(), amount="11")
        dismissed = self.client.create_payment(order_id=new_order(), amount="12")
        for payment in (accepted, dismissed):
            self.client.test_pay(payment.payment_id, "less")
        reviews = {
            payment.payment_id: until(
                lambda: next((one for one in self.client.list_reviews() if one.amount == payment.pay_amount - 1), None)
            )
            for payment in (accepted, dismissed)
        }
        one = reviews[accepted.payment_id]
        self.assertIn(accepted.payment_id, [candidate.payment_id for candidate in one.candidates])
        with self.assertRaises(OrderConflictError):
            self.client.accept_review(one.review_id, payment_id=accepted.payment_id, by="tests", note="short")
        taken = self.client.accept_review(
            one.review_id, payment_id=accepted.payment_id, by="tests", note="short", anyway=True
        )
        self.assertEqual((taken.result, taken.payment.is_paid), ("paid", True))
        self.assertEqual(taken.payment.received_amount, one.amount)
        self.assertEqual(
            taken.payment.differences(order_id=accepted.order_id, amount="11", payment_id=accepted.payment_id),
            ("received_amount",),
        )
        gone = self.client.dismiss_review(reviews[dismissed.payment_id].review_id, by="tests", note="nobody's")
        self.assertEqual(gone.state, "dismissed")

    def test_time_passes(self) -> None:
        self.assertEqual(self.client.test_time(60), 20)

    def test_any_call(self) -> None:
        answer = self.client.request("GET", "/api/v1/payments", query={"limit": 1})
        self.assertIs(answer["ok"], True)
        self.assertEqual(self.client.request("POST", "/api/v1/test/node", body={"answers": "well"}), {"ok": True})


class Webhooks(unittest.TestCase):
    def setUp(self) -> None:
        self.client = testkit().client()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        before = self.client.project().webhook_url
        self.client.update_project(webhook_url=self.receiver.url, events=["payment.expired"])
        self.addCleanup(lambda: self.client.update_project(webhook_url=before, events=[]))
        self.webhook = Webhook(testkit().api_secret)

    def test_a_paid_payment_is_told_and_told_again(self) -> None:
        payment = testkit().paid(self.client)
        body, headers = self.receiver.webhook(lambda event: event.get("payment_id") == payment.payment_id)
        webhook = self.webhook
        event = webhook.verify(body, headers)
        assert isinstance(event, PaymentPaid)
        stored = {"order_id": payment.order_id, "amount": "50", "payment_id": payment.payment_id}
        self.assertTrue(event.matches(**stored))  # type: ignore[arg-type]
        self.assertEqual((event.txid, event.paid_at, event.late), (payment.txid, payment.paid_at, False))
        for wrong in (body.replace(b"50.00", b"90.00"), body + b" "):
            with self.assertRaises(SignatureError):
                webhook.verify(wrong, headers)
        with self.assertRaises(SignatureError):
            Webhook("sk_test_other").verify(body, headers)

        def delivered() -> Optional[StoredEvent]:
            [stored] = self.client.list_events(payment_id=payment.payment_id, type="payment.paid")
            return stored if stored.state == "delivered" else None

        stored_event = until(delivered)
        whole = self.client.get_event(stored_event.event_id)
        self.assertEqual(whole.body, body.decode())
        self.assertEqual([(one.number, one.http_status) for one in whole.deliveries], [(1, 200)])
        self.client.resend_event(stored_event.event_id, by="tests", note="once more")
        until(lambda: self.client.get_event(stored_event.event_id).attempts == 2)
        until(lambda: any(one.last_attempt for one in self.client.project().last_deliveries))

    def test_a_test_of_the_receiver(self) -> None:
        outcome = self.client.send_test_webhook()
        self.assertEqual((outcome.delivered, outcome.http_status, outcome.webhook_url), (True, 200, self.receiver.url))
        body, headers = self.receiver.webhook(lambda event: event.get("type") == "test")
        self.assertEqual(outcome.body, body.decode())
        self.assertIsInstance(self.webhook.verify(body, headers), TestEvent)

    def test_an_expired_payment_is_told_where_it_is_asked_for(self) -> None:
        payment = self.client.create_payment(order_id=new_order(), amount="6", metadata={"a": "b"})
        testkit().pass_time(self.client, 1200)
        body, headers = self.receiver.webhook(
            lambda event: event["payment_id"] == payment.payment_id and event.get("type") == "payment.expired"
        )
        event = self.webhook.verify(body, headers)
        assert isinstance(event, PaymentExpired)
        self.assertEqual((event.order_id, event.metadata), (payment.order_id, {"a": "b"}))
        self.assertEqual(json.loads(body), event.raw)


class Asynchronous(unittest.TestCase):
    def test_the_same_calls_with_the_same_parameters(self) -> None:
        for name, method in inspect.getmembers(Client, inspect.isfunction):
            if name.startswith("_") and name != "__init__":
                continue
            with self.subTest(name):
                other = inspect.signature(getattr(AsyncClient, name))
                self.assertEqual(inspect.signature(method).parameters, other.parameters)

    def test_calls_at_once(self) -> None:
        kit = testkit()

        async def run() -> None:
            async with AsyncClient(kit.proxy, kit.api_key, kit.api_secret) as client:
                orders = [new_order() for _ in range(5)]
                payments = await asyncio.gather(
                    *(client.create_payment(order_id=order, amount="8.5") for order in orders)
                )
                self.assertEqual([payment.order_id for payment in payments], orders)
                waiting = asyncio.ensure_future(client.wait_for_change(payments[0]))
                await client.cancel_payment(payments[0].payment_id)
                self.assertEqual((await waiting).status, "failed")
                listed = [one.order_id async for one in client.list_payments(amount="8.5", limit=2)]
                self.assertLessEqual(set(orders), set(listed))
                self.assertTrue((await client.ping()).ok)
                with self.assertRaises(NotFoundError):
                    await client.get_payment(1)
            with self.assertRaises(RuntimeError):
                await client.ping()

        asyncio.run(run())
