"""Webhooks beyond the vectors: forms of headers and bodies, and what an event is good for."""

from __future__ import annotations

import email.message
import hashlib
import hmac
import json
import unittest
from decimal import Decimal
from typing import Any, Dict, List
from wsgiref.headers import Headers

from tests.kit import API_SECRET, PAYMENT
from usdt_client import (
    Event,
    InvalidArgument,
    PaymentExpired,
    PaymentPaid,
    PaymentReview,
    PaymentSeen,
    SignatureError,
    TestEvent,
    UnknownEvent,
    Webhook,
)

PAID: Dict[str, Any] = {
    "payment_id": PAYMENT["payment_id"],
    "app_id": 45,
    "order_id": "ORDER_12345",
    "status": "paid",
    "amount": "50.00",
    "currency": "USDT",
    "network": "TRC20",
}
BODY = json.dumps(PAID).encode()
STORED: Dict[str, Any] = {"order_id": "ORDER_12345", "amount": "50", "payment_id": PAYMENT["payment_id"]}


def sign(body: bytes) -> str:
    return hmac.new(API_SECRET.encode(), body, hashlib.sha256).hexdigest()


def event_of(value: object) -> Event:
    body = json.dumps(value).encode()
    return Webhook(API_SECRET).verify(body, {"X-Signature": sign(body)})


class HeadersOfManyForms(unittest.TestCase):
    def test_each_is_understood(self) -> None:
        message = email.message.Message()
        message["x-SIGNATURE"] = sign(BODY)
        signature = sign(BODY)
        forms: List[Any] = [
            {"X-Signature": signature},
            {"X-Signature": [signature]},
            {"x-signature": signature.encode()},
            {"HTTP_X_SIGNATURE": signature, "wsgi.input": object(), "REQUEST_METHOD": "POST"},
            [("Accept", "*/*"), ("X-Signature", signature)],
            [(b"x-signature", signature.encode())],
            message,
            Headers([("X-Signature", signature)]),
        ]
        for headers in forms:
            with self.subTest(type(headers)):
                self.assertTrue(Webhook(API_SECRET).verify(BODY, headers).is_paid)

    def test_two_signatures_are_none(self) -> None:
        forms: List[Any] = [
            {"X-Signature": [sign(BODY), "0" * 64]},
            [("X-Signature", "0" * 64), ("x-signature", sign(BODY))],
            {"X-Signature": "0" * 64, "HTTP_X_SIGNATURE": sign(BODY)},
        ]
        for headers in forms:
            with self.subTest(headers), self.assertRaises(SignatureError):
                Webhook(API_SECRET).verify(BODY, headers)

    def test_odd_values_are_refused_and_never_another_error(self) -> None:
        values: List[Any] = [None, 7, object(), b"\xff" * 64, "\ud800" * 64, [], {}, "é" * 64]
        for value in values:
            with self.subTest(type(value)), self.assertRaises(SignatureError):
                headers: Any = {"X-Signature": value, b"\xff": "x", 7: "y"}
                Webhook(API_SECRET).verify(BODY, headers)
        for value in values[3:]:
            others = {"webhook-id": "\ud800", "webhook-timestamp": "1782929070", "webhook-signature": value or "v1,"}
            with self.subTest("Standard Webhooks", value=type(value)), self.assertRaises(SignatureError):
                Webhook(API_SECRET, now=lambda: 1782929070).verify(BODY, {"X-Signature": sign(BODY), **others})

    def test_what_is_no_headers_is_the_program_s_mistake(self) -> None:
        wrong: List[Any] = [None, 7, "X-Signature: 0", ["X-Signature"]]
        for headers in wrong:
            with self.subTest(headers), self.assertRaises(InvalidArgument):
                Webhook(API_SECRET).verify(BODY, headers)


class Bodies(unittest.TestCase):
    def test_bytes_of_each_kind(self) -> None:
        bodies: List[Any] = [BODY, bytearray(BODY), memoryview(BODY), BODY.decode()]
        for body in bodies:
            self.assertTrue(Webhook(API_SECRET).verify(body, {"X-Signature": sign(BODY)}).is_paid)

    def test_a_parsed_body_is_refused_clearly(self) -> None:
        wrong: List[Any] = [PAID, [PAID], None, 7]
        for body in wrong:
            with self.subTest(type(body)), self.assertRaisesRegex(InvalidArgument, "raw body"):
                Webhook(API_SECRET).verify(body, {"X-Signature": sign(BODY)})

    def test_signed_bodies_that_would_break_a_parser(self) -> None:
        for body in (b"[" * 500_000, b'{"a":' * 500_000, b'{"a":' + b"9" * 10_000 + b"}", b"\xff"):
            with self.subTest(body[:5]):
                try:
                    event = Webhook(API_SECRET).verify(body, {"X-Signature": sign(body)})
                    self.assertFalse(event.is_paid)
                except SignatureError as refused:
                    self.assertEqual(refused.reason, "malformed_body")

    def test_what_is_no_json(self) -> None:
        for body in (b'{"a":NaN}', b'{"a":-Infinity}', b"{'a':1}", b'{"a":1}{"b":2}', b'{"a":01}'):
            with self.subTest(body), self.assertRaises(SignatureError) as refused:
                Webhook(API_SECRET).verify(body, {"X-Signature": sign(body)})
            self.assertEqual(refused.exception.reason, "malformed_body")


class Events(unittest.TestCase):
    def test_classes(self) -> None:
        for value, kind in [
            (PAID, PaymentPaid),
            ({"type": "payment.expired"}, PaymentExpired),
            ({"type": "payment.review"}, PaymentReview),
            ({"type": "payment.seen"}, PaymentSeen),
            ({"type": "test"}, TestEvent),
            ({"type": "payment.refunded"}, UnknownEvent),
            ({}, UnknownEvent),
        ]:
            with self.subTest(value):
                event = event_of(value)
                self.assertIs(type(event), kind)
                self.assertEqual(event.is_paid, kind is PaymentPaid)
                self.assertEqual(event.raw, value)

    def test_money_that_cannot_be_read_pays_nothing(self) -> None:
        for change in (
            {"received_amount": 49},
            {"received_amount": "much"},
            {"late": "yes"},
            {"amount": None},
            {"order_id": "\ud83d"},
        ):
            with self.subTest(change):
                self.assertFalse(event_of({**PAID, **change}).is_paid)

    def test_only_a_paid_event_matches(self) -> None:
        self.assertTrue(event_of(PAID).matches(**STORED))
        self.assertTrue(
            event_of(PAID).matches(**{**STORED, "amount": Decimal("50.0"), "payment_id": str(PAYMENT["payment_id"])})
        )
        for kind in ("test", "payment.seen", "payment.refunded"):
            with self.subTest(kind):
                self.assertEqual(event_of({**PAID, "type": kind}).differences(**STORED), ("type",))

    def test_a_stored_value_of_another_form_is_the_program_s_mistake(self) -> None:
        event = event_of(PAID)
        for change in ({"amount": 50.0}, {"order_id": 7}, {"payment_id": None}, {"payment_id": "x"}):
            with self.subTest(change), self.assertRaises(InvalidArgument):
                event.matches(**{**STORED, **change})

    def test_events_are_values(self) -> None:
        self.assertEqual(event_of(PAID), event_of(PAID))
        self.assertEqual(len({event_of(PAID), event_of(PAID)}), 1)
