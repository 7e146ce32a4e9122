"""The shop against a real gateway: what is paid is booked once, and nothing else is."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple
from urllib.parse import parse_qs, urlsplit

FOLDER = Path(__file__).parent
CLIENT = FOLDER.parent.parent / "clients" / "python"
sys.path.insert(0, str(CLIENT))

from tests.kit import PATIENCE, Testkit, until_paid  # noqa: E402


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
    return port


class Shops(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        self.file = str(Path(folder) / "shop.sqlite")
        self.kit = Testkit()
        self.addCleanup(self.kit.stop)
        self.client = self.kit.client()
        self.port = free_port()
        self.tell(None)

    def tell(self, port: Optional[int]) -> None:
        """The gateway tells the shop at this port of what is paid, or nobody."""
        self.client.update_project(webhook_url=f"http://127.0.0.1:{port}/webhook" if port else None)

    def environment(self, port: int) -> Dict[str, str]:
        settings = {
            "GATEWAY": self.kit.gateway,
            "API_KEY": self.kit.api_key,
            "API_SECRET": self.kit.api_secret,
            "PORT": str(port),
            "SHOP_DATABASE": self.file,
            "PYTHONPATH": str(CLIENT / "src"),
        }
        return {**os.environ, **settings}

    def start(self, port: Optional[int] = None) -> Callable[[], None]:
        """Opens a shop, and returns how it is closed."""
        process = subprocess.Popen(
            [sys.executable, str(FOLDER / "shop.py")],
            env=self.environment(port or self.port),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        stdout = process.stdout

        def stop() -> None:
            process.terminate()
            process.wait(PATIENCE)
            stdout.close()

        self.addCleanup(stop)
        self.assertIn(b"The shop is open", stdout.readline())
        return stop

    def reconcile(self) -> None:
        command = [sys.executable, str(FOLDER / "reconcile.py")]
        subprocess.run(command, env=self.environment(self.port), check=True, timeout=PATIENCE)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Optional[Dict[str, str]] = None, port: int = 0
    ) -> Tuple[int, Any, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=PATIENCE)
        with closing(connection):
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()

    def press(self, path: str) -> int:
        """Presses a button that leads to a payment page, and returns the payment's ID."""
        status, headers, text = self.ask("POST", path)
        self.assertEqual(status, 303, text)
        return int(parse_qs(urlsplit(headers["Location"]).query)["id"][0])

    def state(self, order: str, page: str = "/order") -> str:
        status, headers, text = self.ask("GET", f"{page}?order={order}")
        self.assertEqual((status, headers["Cache-Control"]), (200, "no-store"))
        match = re.search('id="state">([^<]+)<', text)
        assert match is not None
        return match[1]

    def until_state(self, order: str, wanted: str) -> None:
        for _ in range(3000):
            if self.state(order) == wanted:
                return
        raise AssertionError(f"the order stays {self.state(order)}")

    def post(self, body: bytes, signature: Optional[str] = None, port: int = 0) -> int:
        headers = {"X-Signature": self.sign(body) if signature is None else signature}
        return self.ask("POST", "/webhook", body, headers, port)[0]

    def sign(self, body: bytes) -> str:
        return hmac.new(self.kit.api_secret.encode(), body, hashlib.sha256).hexdigest()

    def pay(self, payment_id: int) -> bytes:
        """Pays, and returns the bytes of the webhook that tells of it."""
        self.client.test_pay(payment_id)
        until_paid(self.client, self.client.get_payment(payment_id))
        [event] = self.client.list_events(payment_id=payment_id)
        return (self.client.get_event(event.event_id).body or "").encode()

    def rows(self, sql: str) -> List[Any]:
        with closing(sqlite3.connect(self.file)) as database:
            return database.execute(sql).fetchall()

    def reasons(self) -> List[str]:
        return sorted(reason for [reason] in self.rows("SELECT reason FROM attention"))

    def test_an_order_from_its_button_to_its_delivery(self) -> None:
        self.start()
        self.tell(self.port)
        self.assertIn("50.00 USDT", self.ask("GET", "/")[2])
        payment_id = self.press("/buy")
        [(order, reference)] = self.rows("SELECT order_id, reference FROM payments")
        self.assertRegex(reference, f"^[0-9a-f]{{8}}-{order}-1$")
        self.assertEqual(self.state(order), "waiting for the payment")
        self.assertEqual(self.state(order, "/return"), "waiting for the payment")
        self.assertEqual(self.press(f"/pay?order={order}"), payment_id, "the same again")
        self.client.test_pay(payment_id)
        self.until_state(order, "paid")
        self.assertEqual(self.state(order, "/return"), "paid")
        self.assertEqual(self.rows("SELECT * FROM deliveries"), [(order,)])
        self.assertEqual(self.client.send_test_webhook().http_status, 200)
        self.assertEqual(self.reasons(), [])
        for path in ("/order?order=none", "/order", "/none"):
            self.assertEqual(self.ask("GET", path)[0], 404)

    def test_six_webhooks_at_once_at_two_processes_book_once(self) -> None:
        other = free_port()
        self.start()
        self.start(other)
        for number in range(1, 4):
            body = self.pay(self.press("/buy"))
            with ThreadPoolExecutor(6) as threads:
                answers = list(threads.map(lambda port: self.post(body, port=port), [self.port, other] * 3))
            self.assertEqual(answers, [200] * 6)
            self.assertEqual(len(self.rows("SELECT * FROM deliveries")), number)
        self.assertEqual(self.reasons(), [])

    def test_what_was_paid_while_the_shop_was_down_is_found(self) -> None:
        stop = self.start()
        payment_id = self.press("/buy")
        [(order,)] = self.rows("SELECT order_id FROM payments")
        stop()
        self.tell(self.port)
        body = self.pay(payment_id)
        self.reconcile()
        self.assertEqual(self.rows("SELECT * FROM deliveries"), [(order,)])
        self.start()
        self.assertEqual(self.state(order), "paid")
        self.assertEqual(self.post(body), 200)
        self.reconcile()
        self.assertEqual(len(self.rows("SELECT * FROM deliveries")), 1)
        self.assertEqual(self.reasons(), [])

    def test_a_shop_that_broke_off_before_it_kept_the_payment_finds_it(self) -> None:
        self.start()
        for told in (True, False):
            payment_id = self.press("/buy")
            with closing(sqlite3.connect(self.file)) as database, database:
                columns = "UPDATE payments SET payment_id = NULL, expires_at = NULL WHERE payment_id = ?"
                database.execute(columns, (payment_id,))
            body = self.pay(payment_id)
            if told:
                self.assertEqual(self.post(body), 200)
            else:
                self.reconcile()
            self.assertEqual(self.rows(f"SELECT state FROM payments WHERE payment_id = {payment_id}"), [("paid",)])
        self.assertEqual(len(self.rows("SELECT * FROM deliveries")), 2)
        self.assertEqual(self.reasons(), [])

    def test_what_is_not_what_was_ordered_is_not_booked(self) -> None:
        self.start()
        payment_id = self.press("/buy")
        [(order,)] = self.rows("SELECT order_id FROM payments")
        body = self.pay(payment_id)
        for signature in ("0" * 64, "", "é" * 32, self.sign(body + b" "), "sha256=" + self.sign(body)):
            self.assertEqual(self.post(body, signature), 401)
        self.assertEqual(self.ask("POST", "/webhook", body)[0], 401)
        self.assertEqual(self.reasons(), [])
        paid: Dict[str, Any] = json.loads(body)
        changes: List[Tuple[Dict[str, Any], str]] = [
            ({"amount": "49.99"}, "differs: amount"),
            ({"order_id": "other"}, "differs: order_id"),
            ({"currency": "USDC"}, "differs: currency"),
            ({"network": "ERC20"}, "differs: network"),
            ({"received_amount": "49.000000"}, "differs: received_amount"),
            ({"payment_id": 7}, "unknown payment"),
            ({"status": "expired"}, "event unknown"),
            ({"type": "payment.seen"}, "event payment.seen"),
        ]
        for change, reason in changes:
            altered = json.dumps({**paid, **change}).encode()
            with self.subTest(reason):
                self.assertEqual([self.post(altered), self.post(altered)], [200, 200])
                self.assertEqual(self.reasons().count(reason), 1)
        self.assertEqual(self.post(json.dumps({**paid, "type": "test"}).encode()), 200)
        self.assertEqual(len(self.reasons()), len(changes))
        self.assertEqual(self.state(order), "waiting for the payment")
        self.assertEqual(self.rows("SELECT * FROM deliveries"), [])
        self.assertEqual(self.post(body), 200)
        self.assertEqual(self.state(order), "paid")

    def test_a_database_that_cannot_take_it_has_the_webhook_sent_again(self) -> None:
        self.start()
        body = self.pay(self.press("/buy"))
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute("ALTER TABLE deliveries RENAME TO elsewhere")
        self.assertEqual(self.post(body), 500)
        self.assertEqual(self.rows("SELECT state FROM payments"), [("open",)], "nothing is half booked")
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute("ALTER TABLE elsewhere RENAME TO deliveries")
        self.assertEqual(self.post(body), 200)
        self.assertEqual(len(self.rows("SELECT * FROM deliveries")), 1)

    def test_what_was_not_paid_in_time_gets_a_new_payment(self) -> None:
        self.start()
        first = self.client.get_payment(self.press("/buy"))
        [(order,)] = self.rows("SELECT order_id FROM payments")
        self.kit.pass_time(self.client, 1800)
        while self.client.get_payment(first.payment_id).status != "expired":
            self.client.wait_for_change(first, 1)
        self.reconcile()
        self.assertEqual(self.state(order), "not paid in time")
        second = self.press(f"/pay?order={order}")
        self.assertNotEqual(second, first.payment_id)
        self.pay(first.payment_id)
        self.reconcile()
        self.assertEqual(self.state(order), "paid")
        self.assertEqual(self.reasons(), ["paid late"])
        self.pay(second)
        self.reconcile()
        self.assertEqual(self.reasons(), ["paid late", "the order was paid before"])
        self.assertEqual(len(self.rows("SELECT * FROM deliveries")), 1)


if __name__ == "__main__":
    unittest.main()
