"""What all clients must say, in any language: ../../vectors.json."""

from __future__ import annotations

import base64
import unittest
from decimal import Decimal
from typing import Any, Dict
from urllib.parse import parse_qsl, urlsplit

import usdt_client
from tests.kit import API_KEY, PAYMENT, VECTORS, Answers, Clock, answer, client_of, refusal
from usdt_client import Client, InvalidArgument, Response, SignatureError, UsdtError, Webhook
from usdt_client._amount import parse_amount, require_amount
from usdt_client._signer import Signer
from usdt_client.event import read_event

#: What the vectors write as text, and Python has as a number.
ID = 6070472267431395


class Vectors(unittest.TestCase):
    def test_signatures_of_bodies(self) -> None:
        for vector in VECTORS["signatures"]:
            with self.subTest(vector["name"], secret=vector["secret"]):
                signature = Signer(vector["secret"]).sign(vector["body"].encode())
                self.assertEqual(signature.hex(), vector["signature"])

    def test_signatures_of_queries(self) -> None:
        for vector in VECTORS["queries"]:
            with self.subTest(vector["name"]):
                transport = Answers(answer())
                client = Client("https://pay.example.com", API_KEY, vector["secret"], transport=transport)
                client.request("GET", "/api/v1/payments", query=dict(parse_qsl(vector["query"])))
                [request] = transport.requests
                self.assertEqual(urlsplit(request.url).query, vector["query"])
                self.assertEqual(request.headers["X-Signature"], vector["signature"])

    def test_webhooks(self) -> None:
        for vector in VECTORS["webhooks"]:
            with self.subTest(vector["name"]):
                body = vector["body"].encode() if "body" in vector else base64.b64decode(vector["body_base64"])
                webhook = Webhook(vector["secrets"], now=lambda: vector["now"])
                if "refused" in vector:
                    with self.assertRaises(SignatureError) as refused:
                        webhook.verify(body, vector["headers"])
                    self.assertEqual(refused.exception.reason, vector["refused"])
                else:
                    event = webhook.verify(body, vector["headers"])
                    self.assert_fields(event, vector["accepted"])
                    self.assertEqual(isinstance(event, usdt_client.PaymentPaid), event.is_paid)

    def test_amounts(self) -> None:
        for one, other in VECTORS["amounts"]["equal"]:
            self.assertEqual(parse_amount(one), parse_amount(other))
        for one, other in VECTORS["amounts"]["different"]:
            self.assertNotEqual(parse_amount(one), parse_amount(other))
        for text in VECTORS["amounts"]["malformed"]:
            with self.subTest(text):
                self.assertIsNone(parse_amount(text))
                with self.assertRaises(InvalidArgument):
                    require_amount(text, "amount")

    def test_matches(self) -> None:
        for vector in VECTORS["matches"]:
            with self.subTest(vector["name"]):
                event = read_event(vector["body"])
                self.assertEqual(sorted(event.differences(**vector["expected"])), vector["differs"])
                self.assertEqual(event.matches(**vector["expected"]), not vector["differs"])

    def test_answers(self) -> None:
        for vector in VECTORS["answers"]:
            with self.subTest(vector["name"]):
                response = Response(vector["status"], vector["headers"], vector["body"].encode())
                client = client_of(Answers(*[response] * 3))
                if "payment" in vector:
                    self.assert_fields(client.get_payment(ID), vector["payment"])
                    continue
                with self.assertRaises(UsdtError) as raised:
                    client.get_payment(ID)
                self.assertIs(type(raised.exception), getattr(usdt_client, vector["error"]))
                for name in ("code", "message", "hint", "retry_after"):
                    if name in vector:
                        self.assertEqual(getattr(raised.exception, name), vector[name])

    def test_retries(self) -> None:
        for vector in VECTORS["retries"]:
            with self.subTest(vector["name"]):
                headers = {"retry_after": str(vector["retry_after"])} if "retry_after" in vector else {}
                transport = Answers(
                    *[
                        "no connection" if one == "connection" else self.answer_of(one, headers)
                        for one in vector["answers"]
                    ]
                )
                clock = Clock()
                error = None
                try:
                    self.call(vector["call"], client_of(transport, clock))
                except UsdtError as raised:
                    error = type(raised).__name__
                self.assertEqual(error, vector["error"])
                self.assertEqual(len(transport.requests), vector["attempts"])
                sent = {(one.url, one.body, tuple(one.headers.items())) for one in transport.requests}
                self.assertEqual(len(sent), 1, "each attempt sends the same")
                self.assertGreaterEqual(sum(clock.slept), vector.get("waits_at_least", 0))

    def test_gateways(self) -> None:
        for vector in VECTORS["gateways"]:
            with self.subTest(vector["gateway"], key=vector["api_key"]):
                if vector.get("refused"):
                    with self.assertRaises(InvalidArgument):
                        Client(vector["gateway"], vector["api_key"], "sk")
                else:
                    client = Client(vector["gateway"], vector["api_key"], "sk")
                    self.assertEqual(client.gateway, vector["origin"])

    @staticmethod
    def answer_of(status: int, headers: Dict[str, str]) -> Response:
        if status != 200:
            return refusal(status, **headers)
        return answer(200, {"ok": True, "payment": PAYMENT, "timeline": []})

    @staticmethod
    def call(name: str, client: Client) -> None:
        if name == "get":
            client.get_payment(ID)
        elif name == "create":
            client.create_payment(order_id="ORDER_12345", amount="50.00")
        elif name == "cancel":
            client.cancel_payment(ID)
        elif name == "cancel with Idempotency-Key":
            client.cancel_payment(ID, idempotency_key="once")
        else:
            raise AssertionError(f"no such call: {name}")

    def assert_fields(self, found: object, fields: Dict[str, Any]) -> None:
        for name, expected in fields.items():
            value = getattr(found, name)
            text = str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value
            self.assertEqual(text, expected, name)
