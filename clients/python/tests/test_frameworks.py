"""The helpers in real applications of Flask, Django and FastAPI, behind real servers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import importlib.util
import json
import sys
import threading
import types
import unittest
from typing import Annotated, Any, Callable, Dict, List, Optional, Tuple
from wsgiref.simple_server import WSGIRequestHandler, make_server

from tests.kit import PATIENCE, testkit
from usdt_client import Event, InvalidArgument, PaymentPaid, TestEvent, Webhook

PAID: Dict[str, Any] = {
    "payment_id": 6070472267431395,
    "order_id": "ORDER_12345",
    "status": "paid",
    "amount": "50.00",
    "currency": "USDT",
    "network": "TRC20",
}


def has(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) for module in modules)


class Shop:
    """What an application does with an event. By its order it breaks, or is busy."""

    def __init__(self) -> None:
        self.events: List[Event] = []

    def receive(self, event: Event) -> Optional[int]:
        """The status to answer with, or `None`."""
        if event.order_id == "broken":
            raise RuntimeError("the database is down")
        self.events.append(event)
        return 503 if event.order_id == "busy" else None


class OneFramework:
    """The same story for each. A server is started once for a class."""

    takes_chunks = True
    shop: Shop
    webhook: Webhook
    port: int

    # What a mixin of a test case has.
    assertEqual: Callable[..., None]
    assertIn: Callable[..., None]
    assertIsInstance: Callable[..., None]
    addCleanup: Callable[..., None]
    addClassCleanup: Callable[..., None]

    @classmethod
    def setUpClass(cls) -> None:
        cls.shop = Shop()
        cls.webhook = Webhook(testkit().api_secret)
        cls.port = cls.serve()

    @classmethod
    def serve(cls) -> int:
        """Starts a server for the application, and returns its port."""
        raise NotImplementedError

    def post(self, body: bytes, signature: Optional[str] = None, *, chunked: bool = False, method: str = "POST") -> int:
        made = hmac.new(testkit().api_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": made if signature is None else signature}
        if signature == "":
            del headers["X-Signature"]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request(method, "/webhook", iter([body]) if chunked else body, headers, encode_chunked=chunked)
        return connection.getresponse().status

    def event(self, **changes: object) -> bytes:
        return json.dumps({**PAID, **changes}).encode()

    def test_a_signed_event_arrives(self) -> None:
        self.assertEqual(self.post(self.event(order_id="Größe 7 – 注文 🛒")), 200)
        event = self.shop.events[-1]
        self.assertIsInstance(event, PaymentPaid)
        self.assertEqual(event.order_id, "Größe 7 – 注文 🛒")

    def test_what_is_not_signed_does_not(self) -> None:
        before = len(self.shop.events)
        body = self.event()
        right = hmac.new(testkit().api_secret.encode(), body, hashlib.sha256).hexdigest()
        for signature in ("", "0" * 64, right[1:], f"{right}0", "é" * 64, f"{right}, {right}", "%00"):
            self.assertEqual(self.post(body, signature), 401, signature)
        self.assertEqual(self.post(body + b" ", right), 401)
        self.assertEqual(self.post(b"", ""), 401)
        self.assertEqual(self.post(b"no JSON"), 401)
        self.assertEqual(len(self.shop.events), before)

    def test_other_answers(self) -> None:
        self.assertEqual(self.post(self.event(order_id="busy")), 503)
        self.assertEqual(self.post(self.event(order_id="broken")), 500)
        self.assertEqual(self.post(b"", method="GET"), 405)

    def test_too_much(self) -> None:
        """What announces more than anybody takes is refused before it has come."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/webhook")
        connection.putheader("Content-Length", str(3 * 1024 * 1024))
        connection.endheaders()
        self.assertIn(connection.getresponse().status, (400, 413))

    def test_chunks(self) -> None:
        if self.takes_chunks:
            self.assertEqual(self.post(self.event(), chunked=True), 200)

    def test_the_gateway_s_own(self) -> None:
        client = testkit().client()
        before = client.project().webhook_url
        client.update_project(webhook_url=f"http://127.0.0.1:{self.port}/webhook")
        self.addCleanup(lambda: client.update_project(webhook_url=before))
        outcome = client.send_test_webhook()
        self.assertEqual((outcome.delivered, outcome.http_status), (True, 200), outcome)
        self.assertIsInstance(self.shop.events[-1], TestEvent)

    @classmethod
    def serve_wsgi(cls, application: Any) -> int:
        class Silent(WSGIRequestHandler):
            def log_message(self, format: str, *arguments: object) -> None:
                """The tests look at the answers."""

        server = make_server("127.0.0.1", 0, application, handler_class=Silent)
        cls.run_in_thread(server.serve_forever, server.shutdown, server.server_close)
        return server.server_port

    @classmethod
    def serve_asgi(cls, application: Any) -> int:
        import uvicorn

        config = uvicorn.Config(application, port=0, log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        started = threading.Event()
        startup = server.startup

        async def start(*arguments: Any, **named: Any) -> None:
            await startup(*arguments, **named)
            started.set()

        server.startup = start  # type: ignore[method-assign]

        def stop() -> None:
            server.should_exit = True

        cls.run_in_thread(server.run, stop)
        assert started.wait(PATIENCE)
        port: int = server.servers[0].sockets[0].getsockname()[1]
        return port

    @classmethod
    def run_in_thread(cls, run: Callable[[], object], *stops: Callable[[], object]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def stop() -> None:
            for one in stops:
                one()
            thread.join(PATIENCE)

        cls.addClassCleanup(stop)


@unittest.skipUnless(has("flask"), "Flask is not installed")
class Flask(OneFramework, unittest.TestCase):
    @classmethod
    def serve(cls) -> int:
        import flask
        from werkzeug.serving import WSGIRequestHandler as Handler
        from werkzeug.serving import make_server as make_flask_server

        from usdt_client.flask import webhook_view

        application = flask.Flask(__name__)
        application.logger.disabled = True
        cls.decorate(application, webhook_view)

        class Silent(Handler):
            # Chunks need it.
            protocol_version = "HTTP/1.1"

            def log(self, type: str, message: str, *arguments: object) -> None:
                """The tests look at the answers."""

        server = make_flask_server("127.0.0.1", 0, application, threaded=True, request_handler=Silent)
        cls.run_in_thread(server.serve_forever, server.shutdown, server.server_close)
        return server.server_port

    @classmethod
    def decorate(cls, application: Any, webhook_view: Any) -> None:
        @application.post("/webhook")  # type: ignore[untyped-decorator]
        @webhook_view(cls.webhook)  # type: ignore[untyped-decorator]
        def receive(event: Event) -> Optional[Tuple[str, int]]:
            status = cls.shop.receive(event)
            return None if status is None else ("", status)

    def test_too_much_in_chunks(self) -> None:
        self.assertEqual(self.post(b" " * (1024 * 1024 + 1), chunked=True), 413)


@unittest.skipUnless(has("flask"), "Flask is not installed")
class FlaskThatHasReadTheBody(Flask):
    """As where something before the view looks into each request."""

    @classmethod
    def decorate(cls, application: Any, webhook_view: Any) -> None:
        @application.before_request  # type: ignore[untyped-decorator]
        def look() -> None:
            import flask

            flask.request.get_json(silent=True)

        super().decorate(application, webhook_view)

    def test_too_much_in_chunks(self) -> None:
        self.assertEqual(self.post(b" " * (1024 * 1024 + 1), chunked=True), 413)


@unittest.skipUnless(has("flask"), "Flask is not installed")
class FlaskWhoseBodyIsGone(unittest.TestCase):
    def test_it_is_the_program_s_mistake(self) -> None:
        import flask

        from usdt_client.flask import webhook_view

        application = flask.Flask(__name__)
        application.testing = True

        @application.before_request
        def look() -> None:
            flask.request.stream.read()

        @application.post("/webhook")
        @webhook_view(Webhook("sk_test_1"))
        def receive(event: Event) -> None:
            """Nothing comes here."""

        with self.assertRaisesRegex(InvalidArgument, "read before"):
            application.test_client().post("/webhook", data=b"{}")


@unittest.skipUnless(has("django"), "Django is not installed")
class Django(OneFramework, unittest.TestCase):
    # The server of wsgiref does not.
    takes_chunks = False
    urls = "tests_urls_of_django"

    @classmethod
    def serve(cls) -> int:
        cls.set_up()
        from django.core.wsgi import get_wsgi_application

        return cls.serve_wsgi(get_wsgi_application())

    @classmethod
    def set_up(cls) -> None:
        import django
        from django.conf import settings
        from django.urls import clear_url_caches, path

        if not settings.configured:
            settings.configure(
                ALLOWED_HOSTS=["127.0.0.1"],
                ROOT_URLCONF=cls.urls,
                MIDDLEWARE=[
                    "django.middleware.common.CommonMiddleware",
                    "django.middleware.csrf.CsrfViewMiddleware",
                ],
                LOGGING_CONFIG=None,
                SECRET_KEY="tests",
            )
            django.setup()
        module = types.ModuleType(cls.urls)
        module.urlpatterns = [path("webhook", cls.view())]  # type: ignore[attr-defined]
        sys.modules[cls.urls] = module
        clear_url_caches()

    @classmethod
    def view(cls) -> Any:
        from django.http import HttpResponse

        from usdt_client.django import webhook_view

        @webhook_view(cls.webhook)
        def receive(event: Event) -> Any:
            status = cls.shop.receive(event)
            return None if status is None else HttpResponse(status=status)

        return receive


@unittest.skipUnless(has("django", "uvicorn"), "Django and uvicorn are not installed")
class DjangoOnAsgi(Django):
    takes_chunks = True

    @classmethod
    def serve(cls) -> int:
        cls.set_up()
        from django.core.asgi import get_asgi_application

        return cls.serve_asgi(get_asgi_application())

    def test_too_much(self) -> None:
        """It is read to its end first."""
        self.assertIn(self.post(b" " * (3 * 1024 * 1024)), (400, 413))

    @classmethod
    def view(cls) -> Any:
        from django.http import HttpResponse

        from usdt_client.django import webhook_view

        @webhook_view(cls.webhook)
        async def receive(event: Event) -> Any:
            await asyncio.sleep(0)
            status = cls.shop.receive(event)
            return None if status is None else HttpResponse(status=status)

        return receive


@unittest.skipUnless(has("fastapi", "uvicorn"), "FastAPI and uvicorn are not installed")
class FastApi(OneFramework, unittest.TestCase):
    @classmethod
    def serve(cls) -> int:
        import fastapi

        from usdt_client.fastapi import VerifiedEvent

        application = fastapi.FastAPI()
        verified = Annotated[Event, fastapi.Depends(VerifiedEvent(cls.webhook))]

        def receive(event: Event) -> fastapi.Response:
            return fastapi.Response(status_code=cls.shop.receive(event) or 200)

        receive.__annotations__ = {"event": verified, "return": fastapi.Response}
        application.post("/webhook")(receive)
        return cls.serve_asgi(application)

    def test_too_much(self) -> None:
        """It is read as far as anybody takes."""
        self.assertEqual(self.post(b" " * (1024 * 1024 + 1)), 413)

    def test_too_much_in_chunks(self) -> None:
        self.assertEqual(self.post(b" " * (1024 * 1024 + 1), chunked=True), 413)
