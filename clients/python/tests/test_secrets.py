"""Neither secret nor signature shows in any dump, message or trace."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import hmac
import io
import json
import pickle
import pprint
import socket
import traceback
import unittest
from pathlib import Path
from typing import Any, Callable, Iterator, List
from unittest import mock

from tests.kit import API_KEY, API_SECRET, Answers, Clock, answer, client_of, refusal
from usdt_client import (
    ApiError,
    AsyncClient,
    Client,
    ConnectionError,
    Request,
    Response,
    SignatureError,
    UnexpectedAnswerError,
    UsdtError,
    Webhook,
)
from usdt_client._signer import Signer

TESTS = str(Path(__file__).parent)
ID = 6070472267431395
SECRET = API_SECRET


def objects() -> List[Any]:
    client = client_of(Answers())
    return [
        client,
        client._caller,
        client.webhook,
        Webhook([SECRET, "sk_other"]),
        AsyncClient("https://pay.example.com", API_KEY, SECRET),
        Signer(SECRET),
    ]


def reachable(value: Any, depth: int = 6) -> Iterator[Any]:
    """All that attributes, items and slots lead to."""
    yield value
    if depth and not isinstance(value, (str, bytes, int)):
        inner = list(getattr(value, "__dict__", {}).values())
        inner += [getattr(value, name, None) for name in getattr(type(value), "__slots__", ())]
        with contextlib.suppress(TypeError):
            inner += list(value.values() if isinstance(value, dict) else value)
        for one in inner:
            yield from reachable(one, depth - 1)


class Dumps(unittest.TestCase):
    def test_no_text_of_an_object_shows_it(self) -> None:
        for one in objects():
            with self.subTest(type(one)):
                shown = [repr(one), str(one), f"{one}", repr(vars(one)), pprint.pformat(vars(one))]
                self.assertNotIn(SECRET, "".join(shown))

    def test_no_attribute_holds_it(self) -> None:
        for one in objects():
            with self.subTest(type(one)):
                found = [value for value in reachable(one) if value in (SECRET, SECRET.encode())]
                self.assertEqual(found, [])

    def test_they_are_not_written_down(self) -> None:
        ways: List[Callable[[Any], Any]] = [pickle.dumps, json.dumps, copy.copy, copy.deepcopy]
        for one in objects():
            for write in ways:
                with self.subTest(type(one), way=write.__name__), self.assertRaises(TypeError):
                    write(one)

    def test_a_request_shows_no_header_and_no_body(self) -> None:
        transport = Answers(answer())
        client_of(transport).get_payment(ID)
        [request] = transport.requests
        self.assertIn("payment-status.php", repr(request))
        self.assertNotIn(request.headers["X-Signature"], repr(request))


class Traces(unittest.TestCase):
    """A trace with all local variables, as services that collect errors make them."""

    def trace_of(self, call: Callable[[], object], *expected: type) -> str:
        try:
            call()
        except BaseException as error:
            self.assertIsInstance(error, expected)
            report = traceback.TracebackException.from_exception(error, capture_locals=True)
            self.assertIsNone(report.__cause__)
            # The tests themselves know the secret.
            frames = [frame for frame in report.stack if not frame.filename.startswith(TESTS)]
            return repr([(frame.name, frame.locals) for frame in frames]) + repr(error) + str(error)
        raise AssertionError("nothing was raised")

    def test_errors_of_calls(self) -> None:
        signatures: List[str] = []

        def keep(request: Request) -> Response:
            signatures.append(request.headers["X-Signature"])
            raise ConnectionError("none")

        client = client_of(Answers(*[keep] * 3))
        text = self.trace_of(lambda: client.get_payment(ID), ConnectionError)
        for one in (SECRET, *signatures):
            self.assertNotIn(one, text)
        for response, kind in [(refusal(401), ApiError), (answer(200, []), UnexpectedAnswerError)]:
            transport = Answers(response)
            client = client_of(transport)
            text = self.trace_of(lambda: client.get_payment(ID), kind)
            self.assertNotIn(SECRET, text)
            self.assertNotIn(transport.requests[0].headers["X-Signature"], text)

    def test_errors_within_http(self) -> None:
        """Also where a worker's time limit ends it."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        client = Client(f"http://127.0.0.1:{server.getsockname()[1]}", API_KEY, SECRET, clock=Clock())
        signature = Signer(SECRET).sign(f"payment_id={ID}".encode()).hex()
        for error, kind in [(KeyboardInterrupt(), KeyboardInterrupt), (OSError("gone"), ConnectionError)]:
            with self.subTest(kind), mock.patch("http.client.HTTPConnection.send", side_effect=error):
                text = self.trace_of(lambda: client.get_payment(ID), kind)
                self.assertIn("_attempt", text)
                self.assertNotIn(signature, text)

    def test_errors_of_settings(self) -> None:
        calls: List[Callable[[], object]] = [
            lambda: Client("ftp://pay.example.com", API_KEY, API_SECRET),
            lambda: Client("https://pay.example.com", "", API_SECRET),
            lambda: Client("https://pay.example.com", API_KEY, API_SECRET, timeout=-1),
            lambda: Client("https://pay.example.com", API_KEY, API_SECRET, webhook_secrets=[]),
            lambda: Client("https://pay.example.com", API_KEY, "", webhook_secrets=API_SECRET),
            lambda: AsyncClient("ftp://pay.example.com", API_KEY, API_SECRET),
            lambda: Webhook([API_SECRET, ""]),
            lambda: Webhook(["", API_SECRET]),
            lambda: Webhook([API_SECRET.encode()]),  # type: ignore[list-item]
            lambda: Client("https://pay.example.com", API_KEY, API_SECRET.encode()),  # type: ignore[arg-type]
        ]
        for number, call in enumerate(calls):
            with self.subTest(number):
                self.assertNotIn(SECRET, self.trace_of(call, UsdtError))

    def test_errors_of_webhooks(self) -> None:
        signature = hmac.new(SECRET.encode(), b"{", hashlib.sha256).hexdigest()
        webhook = Webhook(SECRET)
        for body in (b"{", b"{}"):
            text = self.trace_of(lambda: webhook.verify(body, {"X-Signature": signature}), SignatureError)
            self.assertNotIn(SECRET, text)


class Errors(unittest.TestCase):
    def test_errors_are_pickled_whole(self) -> None:
        """So that a queue's worker can hand them over."""
        for error in (
            ApiError("Message", 409, "code", "hint", "docs", 7, "id"),
            SignatureError("Message", "wrong_signature"),
            ConnectionError("Message"),
        ):
            copied = pickle.loads(pickle.dumps(error))
            self.assertEqual((str(copied), vars(copied)), (str(error), vars(error)))

    def test_they_fit_into_python_s_own(self) -> None:
        self.assertTrue(issubclass(ConnectionError, OSError))
        self.assertTrue(issubclass(UsdtError, Exception))
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            print(ApiError("Invalid signature", 401, "invalid_signature", "sign the bytes"))
        self.assertEqual(shown.getvalue(), "401 invalid_signature: Invalid signature (sign the bytes)\n")
