"""Through a proxy that cuts, delays and answers wrongly: what is raised, what is repeated, and what was done."""

from __future__ import annotations

import unittest
from typing import Any, Dict, List, Tuple, Type

from tests.kit import Clock, new_order, testkit
from usdt_client import (
    Client,
    ConnectionError,
    NotFoundError,
    Payment,
    RateLimitError,
    ServerError,
    UnexpectedAnswerError,
    UsdtError,
)


class Faults(unittest.TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.client = testkit().client(clock=self.clock)
        self.order = new_order()

    def create(self) -> Payment:
        return self.client.create_payment(order_id=self.order, amount="50.00")

    def assert_same(self, requests: List[Dict[str, Any]], number: int) -> None:
        """So many attempts, each with the same bytes, signature and key."""
        self.assertEqual(len(requests), number)
        names = ("x-signature", "x-api-key", "idempotency-key", "content-type")
        # Of a request that was cut, the proxy keeps no body.
        whole = [one for one in requests if one["fault"] != "cut-request"]
        self.assertEqual(len({(one["path"], one["body"]) for one in whole}), 1)
        self.assertEqual(len({tuple(one["headers"].get(name) for name in names) for one in requests}), 1)

    def assert_created_once(self) -> None:
        self.assertEqual(len(list(self.client.list_payments(order_id=self.order))), 1)

    def test_a_create_survives_what_passes(self) -> None:
        for fault in (
            "500", "502", "503", "504", "429", "429:2", "html-502", "close", "cut-request",
            "close-after", "500-after", "cut-answer",
        ):  # fmt: skip
            with self.subTest(fault):
                self.order = new_order()
                testkit().faults(fault)
                payment = self.create()
                self.assert_same(testkit().requests(), 2)
                self.assertEqual(payment.version, self.client.get_payment(payment.payment_id).version)
                self.assert_created_once()

    def test_two_faults_one_after_the_other(self) -> None:
        testkit().faults("cut-answer", "500-after")
        self.create()
        requests = testkit().requests()
        self.assert_same(requests, 3)
        self.assertEqual([one["forwarded"] for one in requests], [True, True, True])
        self.assert_created_once()

    def test_what_stays_is_raised(self) -> None:
        faults: List[Tuple[str, int, Type[UsdtError]]] = [
            ("500", 3, ServerError),
            ("429", 3, RateLimitError),
            ("close", 3, ConnectionError),
            ("cut-answer", 3, ConnectionError),
            ("501", 1, ServerError),
            ("html", 1, UnexpectedAnswerError),
            ("html-404", 1, UnexpectedAnswerError),
            ("redirect", 1, UnexpectedAnswerError),
            ("huge", 1, UnexpectedAnswerError),
            ("cut-json", 1, UnexpectedAnswerError),
            ("404", 1, NotFoundError),
            ("429:3600", 1, RateLimitError),
        ]
        for fault, attempts, kind in faults:
            with self.subTest(fault):
                testkit().faults(*[fault] * attempts)
                with self.assertRaises(UsdtError) as raised:
                    self.create()
                self.assertIs(type(raised.exception), kind)
                self.assert_same(testkit().requests(), attempts)

    def test_a_redirect_is_not_followed(self) -> None:
        testkit().faults("redirect")
        with self.assertRaisesRegex(UnexpectedAnswerError, "redirect"):
            self.create()
        self.assertEqual([one["path"] for one in testkit().requests()], ["/api/create-payment.php"])

    def test_retry_after_is_waited_for(self) -> None:
        testkit().faults("429:3")
        self.create()
        self.assertGreaterEqual(sum(self.clock.slept), 3)

    def test_answers_that_come_too_late_or_never_end(self) -> None:
        for fault in ("delay:20000", "delay-after:20000", "trickle"):
            with self.subTest(fault):
                self.order = new_order()
                client: Client = testkit().client(clock=self.clock, timeout=2)
                testkit().faults(fault)
                client.create_payment(order_id=self.order, amount="50.00")
                self.assert_same(testkit().requests(), 2)
                self.assert_created_once()

    def test_a_change_is_repeated_only_with_a_key(self) -> None:
        payment = self.create()
        testkit().faults("500-after")
        with self.assertRaises(ServerError):
            self.client.cancel_payment(payment.payment_id)
        self.assertEqual(len(testkit().requests()), 1)
        testkit().faults("cut-answer", "500")
        cancelled = self.client.cancel_payment(payment.payment_id, idempotency_key=new_order())
        self.assertEqual(cancelled.payment.status, "failed")
        self.assert_same(testkit().requests(), 3)

    def test_a_test_webhook_is_never_repeated(self) -> None:
        testkit().faults("500")
        with self.assertRaises(ServerError):
            self.client.send_test_webhook()
        self.assertEqual(len(testkit().requests()), 1)

    def test_a_question_is_repeated(self) -> None:
        payment = self.create()
        testkit().faults("close", "503")
        self.assertEqual(self.client.get_payment(payment.payment_id).payment_id, payment.payment_id)
        self.assert_same(testkit().requests(), 3)

    def test_a_list_goes_on_where_a_page_failed(self) -> None:
        for _ in range(3):
            self.client.create_payment(order_id=new_order(), amount="9.75")
        testkit().faults("500", "cut-answer")
        listed = list(self.client.list_payments(amount="9.75", limit=1))
        self.assertGreaterEqual(len(listed), 3)
        self.assertEqual(len({one.payment_id for one in listed}), len(listed))
