"""What the tests run against: a real gateway behind a faulty proxy, a real receiver, and a clock of their own."""

from __future__ import annotations

import atexit
import base64
import json
import subprocess
import threading
import time
import urllib.request
import uuid
from datetime import datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from usdt_client import Client, ConnectionError, Payment, Request, Response

CLIENTS = Path(__file__).parent.parent.parent
VECTORS: Dict[str, Any] = json.loads((CLIENTS / "vectors.json").read_text("utf-8"))

API_KEY = "pk_test_1"
API_SECRET = "sk_test_of_these_tests"

#: A wait for something that must come is given up after so many seconds.
PATIENCE = 30.0

#: In seconds. At twice as much the gateway takes no payments.
MOST_BEHIND = 300

PAYMENT: Dict[str, Any] = {
    "payment_id": 6070472267431395,
    "order_id": "ORDER_12345",
    "status": "pending",
    "amount": "50.00",
    "pay_amount": "50.054200",
    "currency": "USDT",
    "network": "TRC20",
    "address": "T1",
    "payment_url": "https://pay.example.com/pay/?id=6070472267431395",
    "expires_at": "2026-07-01 18:30:00",
    "expires_in": 1800,
    "server_time": "2026-07-01T18:00:00.000Z",
    "confirmations": 0,
    "required_confirmations": 19,
    "version": 1,
}


class Clock:
    """It stands still but for what is slept."""

    def __init__(self, now: float = 1782929070.0) -> None:
        self.time = now
        self.slept: List[float] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


class Answers:
    """A transport that gives the answers it is told, one after the other, and keeps what was sent."""

    def __init__(self, *answers: Union[Response, str, Callable[[Request], Response]]) -> None:
        self.answers = list(answers)
        self.requests: List[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise ConnectionError(answer)
        return answer(request) if callable(answer) else answer


def answer(status: int = 200, value: Optional[object] = None, **headers: str) -> Response:
    body = {"ok": True, "payment": PAYMENT} if value is None else value
    named = {name.replace("_", "-"): one for name, one in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, json.dumps(body).encode())


def refusal(status: int, code: str = "some_code", **headers: str) -> Response:
    return answer(status, {"ok": False, "error": "Message", "code": code}, **headers)


def client_of(transport: Answers, clock: Optional[Clock] = None) -> Client:
    return Client("https://pay.example.com", API_KEY, API_SECRET, transport=transport, clock=clock or Clock())


class Testkit:
    """A gateway on a simulated chain, and the proxy in front of it that makes faults."""

    __test__ = False

    def __init__(self) -> None:
        command = ["node", str(CLIENTS / "testkit" / "gateway.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("no gateway has started: does USDT_GATEWAY name its program?")
        ready = json.loads(line)
        self.gateway: str = ready["gateway"]
        self.proxy: str = ready["proxy"]
        self.api_key: str = ready["api_key"]
        self.api_secret: str = ready["api_secret"]

    def stop(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def client(self, **options: Any) -> Client:
        return Client(self.proxy, self.api_key, self.api_secret, **options)

    def paid(self, client: Client, **fields: Any) -> Payment:
        """A payment that is paid on the chain, once the gateway says so."""
        fields = {"order_id": new_order(), "amount": "50.00", **fields}
        payment = client.create_payment(**fields)
        client.test_pay(payment.payment_id)
        return until_paid(client, payment)

    def pass_time(self, client: Client, seconds: int) -> None:
        """Lets the chain's time pass, until the gateway has read so far that it takes payments again."""
        client.test_time(seconds)
        end = time.monotonic() + PATIENCE
        while self._behind() > MOST_BEHIND:
            if time.monotonic() > end:
                raise AssertionError("the gateway stays behind the chain")

    def _behind(self) -> float:
        with urllib.request.urlopen(f"{self.gateway}/healthz", timeout=PATIENCE) as response:
            health = json.load(response)
        now, read = (
            datetime.fromisoformat(text.replace("Z", "+00:00"))
            for text in (health["server_time"], health["chains"]["simulated"]["solid_time"])
        )
        return (now - read).total_seconds()

    def faults(self, *names: str) -> None:
        """The next requests have these faults, one each. What came before is forgotten."""
        self._control("DELETE", "/_requests")
        self._control("POST", "/_faults", {"faults": names})

    def requests(self) -> List[Dict[str, Any]]:
        """What reached the proxy since."""
        requests: List[Dict[str, Any]] = self._control("GET", "/_requests")["requests"]
        for one in requests:
            one["body"] = base64.b64decode(one["body"])
        return requests

    def _control(self, method: str, path: str, body: Optional[object] = None) -> Dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.proxy + path, data, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            value: Dict[str, Any] = json.load(response)
        return value


@lru_cache(maxsize=None)
def testkit() -> Testkit:
    """One for all tests."""
    kit = Testkit()
    atexit.register(kit.stop)
    return kit


def new_order() -> str:
    return f"tests-{uuid.uuid4()}"


def until_paid(client: Client, payment: Payment) -> Payment:
    for _ in range(5):
        if payment.is_paid:
            return payment
        payment = client.wait_for_change(payment)
    raise AssertionError(f"the payment stays {payment.status}")


class Receiver:
    """A server that keeps the webhooks it gets, and answers each with the next of its statuses, or 200."""

    def __init__(self, *statuses: int) -> None:
        self._came: List[Tuple[bytes, Dict[str, str]]] = []
        self._arrived = threading.Condition()
        left = list(statuses)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver._arrived:
                    receiver._came.append((body, dict(self.headers.items())))
                    status = left.pop(0) if left else 200
                    receiver._arrived.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """What came is asked of the receiver."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def webhook(self, fits: Callable[[Dict[str, Any]], bool]) -> Tuple[bytes, Dict[str, str]]:
        """The first webhook that fits, once it has come."""

        def found() -> Optional[Tuple[bytes, Dict[str, str]]]:
            return next((one for one in self._came if fits(json.loads(one[0]))), None)

        with self._arrived:
            if not self._arrived.wait_for(lambda: found() is not None, PATIENCE):
                raise AssertionError("no such webhook has come")
            return found() or (b"", {})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
