"""What the client sends, refuses to send, and makes of answers that are well formed and wrong."""

from __future__ import annotations

import json
import unittest
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Dict, List

from tests.kit import API_KEY, API_SECRET, PAYMENT, Answers, Clock, answer, client_of, refusal
from usdt_client import (
    AuthenticationError,
    Client,
    ConnectionError,
    InvalidArgument,
    RateLimitError,
    ServerError,
    UnexpectedAnswerError,
    UsdtError,
)

ID = PAYMENT["payment_id"]
ORDER = PAYMENT["order_id"]


class Creates(unittest.TestCase):
    def create(self, **fields: Any) -> Dict[str, Any]:
        """The body that a create sends."""
        transport = Answers(answer())
        client_of(transport).create_payment(**{"order_id": ORDER, "amount": "50.00", **fields})
        [request] = transport.requests
        assert request.body is not None
        self.assertEqual(request.method, "POST")
        self.assertEqual(request.url, "https://pay.example.com/api/create-payment.php")
        body: Dict[str, Any] = json.loads(request.body)
        return body

    def test_exact_amounts_go_out_as_text(self) -> None:
        for amount, sent in [
            ("50.00", "50.00"),
            (50, "50"),
            (Decimal("50.000"), "50.000"),
            (Decimal("5E+1"), "50"),
        ]:
            with self.subTest(amount):
                self.assertEqual(self.create(amount=amount), {"order_id": ORDER, "amount": sent})

    def test_other_amounts_are_refused(self) -> None:
        client = client_of(Answers())
        amounts: List[Any] = [50.0, float("nan"), True, -1, "5e1", "", b"50", [50], 10**5000, "1" * 5000]
        amounts += [Decimal(one) for one in ("NaN", "Infinity", "-1", "-0", "1E+999999", "1E-999999")]
        for amount in amounts:
            with self.subTest(str(type(amount))), self.assertRaises(InvalidArgument):
                client.create_payment(order_id=ORDER, amount=amount)
        with self.assertRaisesRegex(InvalidArgument, "float"):
            client.create_payment(order_id=ORDER, amount=50.0)  # type: ignore[arg-type]

    def test_fields(self) -> None:
        fields = {
            "description": "Größe 7 – 注文 🛒",
            "metadata": {"cart": "7"},
            "success_url": "https://shop.example/thanks",
            "fail_url": "https://shop.example/cart",
        }
        self.assertEqual(self.create(**fields), {"order_id": ORDER, "amount": "50.00", **fields})

    def test_a_price_in_another_currency(self) -> None:
        body = self.create(amount=None, price_amount=Decimal("49.90"), price_currency="EUR")
        self.assertEqual(body, {"order_id": ORDER, "price_amount": "49.90", "price_currency": "EUR"})

    def test_amount_and_price_exclude_each_other(self) -> None:
        client = client_of(Answers())
        wrong: List[Dict[str, Any]] = [
            {},
            {"amount": "1", "price_amount": "1", "price_currency": "EUR"},
            {"price_amount": "1"},
            {"amount": "1", "price_currency": "EUR"},
        ]
        for fields in wrong:
            with self.subTest(fields), self.assertRaises(InvalidArgument):
                client.create_payment(order_id=ORDER, **fields)

    def test_what_is_no_text_is_refused(self) -> None:
        client = client_of(Answers())
        fields: List[Any] = [
            {"order_id": 7},
            {"order_id": ""},
            {"order_id": "half \ud83d"},
            {"description": "half \ud83d"},
            {"metadata": {"weight": 1.5}},
            {"metadata": {7: "x"}},
            {"metadata": {"when": datetime.now(timezone.utc)}},
        ]
        for one in fields:
            with self.subTest(str(one).encode("ascii", "replace")), self.assertRaises(InvalidArgument):
                client.create_payment(**{"order_id": ORDER, "amount": "1", **one})

    def test_each_create_has_a_key_of_its_own(self) -> None:
        transport = Answers(answer(), answer(), answer())
        client = client_of(transport)
        for key in (None, None, "mine"):
            client.create_payment(order_id=ORDER, amount="50", idempotency_key=key)
        keys = [request.headers["Idempotency-Key"] for request in transport.requests]
        self.assertEqual(len(set(keys)), 3)
        self.assertEqual(keys[2], "mine")

    def test_another_order_or_amount_is_no_answer(self) -> None:
        for changes in ({"order_id": "other"}, {"amount": "49.99"}):
            client = client_of(Answers(answer(200, {"ok": True, "payment": {**PAYMENT, **changes}})))
            with self.subTest(changes), self.assertRaises(UnexpectedAnswerError):
                client.create_payment(order_id=ORDER, amount="50.00")


class Calls(unittest.TestCase):
    def test_an_answer_of_more_than_anybody_needs_is_none(self) -> None:
        value = {"ok": True, "payment": PAYMENT, "filler": "x" * 1024 * 1024}
        with self.assertRaisesRegex(UnexpectedAnswerError, "more than 1 MiB"):
            client_of(Answers(answer(200, value))).get_payment(ID)

    def test_half_a_character_is_no_text(self) -> None:
        with self.assertRaises(UnexpectedAnswerError):
            client_of(Answers(answer(200, {"ok": True, "payment": {**PAYMENT, "address": "\ud83d"}}))).get_payment(ID)

    def test_another_payment_is_no_answer(self) -> None:
        with self.assertRaises(UnexpectedAnswerError):
            client_of(Answers(answer())).get_payment(ID + 1)
        with self.assertRaises(UnexpectedAnswerError):
            client_of(Answers(answer())).get_payment_by_order("other")

    def test_payment_ids(self) -> None:
        client = client_of(Answers(answer(), answer()))
        self.assertEqual(client.get_payment(ID), client.get_payment(str(ID)))
        wrong: List[Any] = [0, -1, 2**53, 1.0, True, None, "", "1/../2", "٣", "1 ", "1" * 17]
        for one in wrong:
            with self.subTest(one), self.assertRaises(InvalidArgument):
                client.get_payment(one)

    def test_a_wait_asks_for_the_version_and_has_time_for_it(self) -> None:
        transport = Answers(answer(), answer(200, {"ok": True, "payment": {**PAYMENT, "version": 2}}))
        clock = Clock()
        client = client_of(transport, clock)
        changed = client.wait_for_change(client.get_payment(ID), 20)
        self.assertEqual(changed.version, 2)
        self.assertTrue(transport.requests[1].url.endswith(f"?payment_id={ID}&wait=20&v=1"))
        self.assertEqual(transport.requests[1].timeout, 35)
        self.assertEqual(clock.slept, [])

    def test_a_wait_that_ends_at_once_pauses(self) -> None:
        clock = Clock()
        client = client_of(Answers(answer(), answer(), answer()), clock)
        payment = client.get_payment(ID)
        client.wait_for_change(payment)
        client.wait_for_change(payment, 2)
        self.assertEqual(clock.slept, [5.0, 2.0])
        wrong: List[Any] = [26, -1, 1.5, True]
        for one in wrong:
            with self.subTest(one), self.assertRaises(InvalidArgument):
                client.wait_for_change(payment, one)

    def test_lists_take_one_page_after_the_other_as_they_are_asked(self) -> None:
        pages = [("one", "a b"), ("two", None)]
        transport = Answers(
            *[
                answer(200, {"ok": True, "payments": [{**PAYMENT, "order_id": order}], "next_cursor": cursor})
                for order, cursor in pages
            ]
        )
        zone = timezone(timedelta(hours=2))
        rows = client_of(transport).list_payments(
            status="paid",
            created_from=datetime(2026, 7, 1, 2, tzinfo=zone),
            created_to=date(2026, 8, 1),
            amount=Decimal("50"),
        )
        self.assertEqual(transport.requests, [])
        self.assertEqual(next(rows).order_id, "one")
        self.assertEqual(len(transport.requests), 1)
        self.assertEqual([row.order_id for row in rows], ["two"])
        query = "status=paid&created_from=2026-07-01T00%3A00%3A00Z&created_to=2026-08-01&amount=50"
        self.assertEqual(
            [request.url.partition("?")[2] for request in transport.requests], [query, f"{query}&cursor=a%20b"]
        )

    def test_a_page_that_leads_to_itself_ends_the_list(self) -> None:
        page = answer(200, {"ok": True, "payments": [], "next_cursor": "same"})
        with self.assertRaises(UnexpectedAnswerError):
            list(client_of(Answers(page, page)).list_payments())

    def test_a_time_without_its_zone_is_refused(self) -> None:
        with self.assertRaisesRegex(InvalidArgument, "zone"):
            client_of(Answers()).list_payments(created_from=datetime(2026, 7, 1))

    def test_update_project_sends_what_is_given(self) -> None:
        for fields, sent in [
            ({"by": "maria"}, {"by": "maria"}),
            ({"webhook_url": None}, {"webhook_url": None}),
            ({"events": (), "further_retries": False}, {"events": [], "further_retries": False}),
        ]:
            transport = Answers(refusal(400))
            with self.subTest(fields), self.assertRaises(UsdtError):
                client_of(transport).update_project(**fields)  # type: ignore[arg-type]
            self.assertEqual(json.loads(transport.requests[0].body or b""), sent)
        with self.assertRaises(InvalidArgument):
            client_of(Answers()).update_project(events="payment.seen")

    def test_ids_stay_in_their_segment_of_the_path(self) -> None:
        transport = Answers(refusal(404))
        with self.assertRaises(UsdtError):
            client_of(transport).get_event("a/../b?c#d\r\ne")
        self.assertEqual(transport.requests[0].url, "https://pay.example.com/api/v1/events/a%2F..%2Fb%3Fc%23d%0D%0Ae")
        wrong: List[Any] = ["", "..", ".", None, 7]
        for one in wrong:
            with self.subTest(one), self.assertRaises(InvalidArgument):
                client_of(Answers()).get_event(one)

    def test_what_no_request_may_be(self) -> None:
        client = client_of(Answers())
        wrong: List[Any] = [
            ("TRACE", "/", {}),
            ("GET", "api", {}),
            ("GET", "//other.example", {}),
            ("GET", "/a?b", {}),
            ("GET", "/a#b", {}),
            ("GET", "/a b", {}),
            ("GET", "/a\r\nX: y", {}),
            ("GET", "/a/../b", {}),
            ("GET", "/a/%2E%2e/b", {}),
            ("GET", "/a", {"body": {}}),
            ("POST", "/a", {"body": [1]}),
            ("POST", "/a", {"body": {"amount": 1.5}}),
            ("POST", "/a", {"idempotency_key": "a b"}),
            ("POST", "/a", {"idempotency_key": "ü"}),
            ("POST", "/a", {"idempotency_key": ""}),
            ("GET", "/a", {"query": {"a": "half \ud83d"}}),
        ]
        for method, path, more in wrong:
            with self.subTest(f"{method} {path!a}"), self.assertRaises(InvalidArgument):
                client.request(method, path, **more)

    def test_settings_that_are_missing_or_wrong(self) -> None:
        gateway = "https://pay.example.com"
        wrong: List[Any] = [
            ((gateway, "", API_SECRET), {}),
            ((gateway, None, API_SECRET), {}),
            ((gateway, "pk live", API_SECRET), {}),
            ((gateway, API_KEY, ""), {}),
            ((gateway, API_KEY, None), {}),
            ((gateway, API_KEY, b"sk"), {}),
            ((gateway, API_KEY, API_SECRET), {"user_agent": "a\r\nb"}),
            ((gateway, API_KEY, API_SECRET), {"timeout": 0}),
            ((gateway, API_KEY, API_SECRET), {"connect_timeout": -1}),
            ((gateway, API_KEY, API_SECRET), {"webhook_secrets": []}),
            ((gateway, API_KEY, API_SECRET), {"webhook_secrets": [""]}),
            ((gateway, API_KEY, API_SECRET), {"webhook_secrets": ""}),
            ((7, API_KEY, API_SECRET), {}),
        ]
        for arguments, options in wrong:
            with self.subTest(arguments[:2], **options), self.assertRaises(InvalidArgument):
                Client(*arguments, **options)

    def test_the_name_of_the_program(self) -> None:
        transport = Answers(answer())
        client = Client("https://pay.example.com", API_KEY, API_SECRET, transport=transport, user_agent="plugin/2.1")
        client.get_payment(ID)
        self.assertEqual(transport.requests[0].headers["User-Agent"], "usdt-client-python/1.0.0 plugin/2.1")


class Repeats(unittest.TestCase):
    def test_all_attempts_together_stay_in_the_budget(self) -> None:
        clock = Clock()

        def slow(request: Any) -> Any:
            clock.time += request.timeout
            raise ConnectionError("too slow")

        transport = Answers(slow, slow, slow)
        with self.assertRaises(ConnectionError):
            client_of(transport, clock).get_payment(ID)
        self.assertEqual(transport.requests[0].timeout, 15)
        self.assertLess(transport.requests[1].timeout, 5)
        self.assertEqual(len(transport.requests), 2)

    def test_pauses_grow_and_differ(self) -> None:
        pauses = []
        for _ in range(20):
            clock = Clock()
            with self.assertRaises(ServerError):
                client_of(Answers(refusal(500), refusal(500), refusal(500)), clock).get_payment(ID)
            first, second = clock.slept
            self.assertTrue(0.25 <= first <= 0.5 <= second <= 1.0, clock.slept)
            pauses.append(first)
        self.assertGreater(len(set(pauses)), 1)

    def test_retry_after_is_told(self) -> None:
        with self.assertRaises(RateLimitError) as raised:
            client_of(Answers(refusal(429, retry_after="60"))).get_payment(ID)
        self.assertEqual(raised.exception.retry_after, 60)


class Pings(unittest.TestCase):
    def test_a_wrong_key_is_a_report(self) -> None:
        ping = client_of(Answers(refusal(401, "invalid_api_key"))).ping()
        self.assertFalse(ping.ok)
        self.assertIsInstance(ping.error, AuthenticationError)
        self.assertIn("invalid_api_key", str(ping.error))

    def test_no_answer_is_a_report(self) -> None:
        ping = client_of(Answers("none", "none", "none")).ping()
        self.assertIsInstance(ping.error, ConnectionError)
