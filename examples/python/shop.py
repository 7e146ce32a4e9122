"""A small shop: it sells one thing, and takes USDT for it.

GATEWAY=… API_KEY=… API_SECRET=… python shop.py
"""

from __future__ import annotations

import signal
import sqlite3
import sys
import threading
import traceback
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Optional
from urllib.parse import parse_qs, urlsplit

from booking import receive
from reconcile import reconcile
from settings import database, gateway, home, port
from store import Store
from usdt_client import ConnectionError, RateLimitError, ServerError, SignatureError

PRICE = "50.00"
RECONCILE_SECONDS = 60
MOST_BYTES = 1024 * 1024


def pay(store: Store, order: sqlite3.Row) -> str:
    """The address of the order's payment page."""
    while True:
        payment = store.open_payment(order)
        created = gateway.create_payment(
            order_id=payment["reference"],
            amount=payment["amount"],
            success_url=f"{home}/return?order={order['id']}",
            fail_url=f"{home}/return?order={order['id']}",
        )
        # What was begun goes on: the same reference is the same payment, until that has expired.
        if store.keep(payment["reference"], created):
            return created.payment_url
        store.end(payment["reference"])


def state(store: Store, order: sqlite3.Row) -> str:
    if order["paid"]:
        return "paid"
    payment = store.latest(order["id"])
    return "not paid in time" if payment and payment["state"] == "ended" else "waiting for the payment"


class Shop(BaseHTTPRequestHandler):
    #: For a client that stands still.
    timeout = 30

    def do_GET(self) -> None:
        self.answer_safely("GET")

    def do_POST(self) -> None:
        self.answer_safely("POST")

    def answer_safely(self, method: str) -> None:
        try:
            with closing(Store(database)) as store:
                self.route(store, method)
        except (ConnectionError, RateLimitError, ServerError):
            traceback.print_exc()
            self.page(503, "Please try again in a minute")
        except Exception:
            # The gateway sends its webhook again.
            traceback.print_exc()
            self.page(500, "Something went wrong")

    def route(self, store: Store, method: str) -> None:
        url = urlsplit(self.path)
        if (method, url.path) == ("POST", "/webhook"):
            return self.webhook(store)
        if (method, url.path) == ("GET", "/"):
            form = '<form method="post" action="/buy"><button>Buy</button></form>'
            return self.page(200, "Shop", f"<p>A thing for {PRICE} USDT.</p>{form}")
        if (method, url.path) == ("POST", "/buy"):
            order = store.order(store.add_order(PRICE))
            assert order is not None
            return self.redirect(pay(store, order))
        order = store.order(parse_qs(url.query).get("order", [""])[0])
        if order is None:
            return self.page(404, "No such order")
        if (method, url.path) == ("POST", "/pay"):
            return self.redirect(f"{home}/order?order={order['id']}" if order["paid"] else pay(store, order))
        shown = f'<p>State: <b id="state">{state(store, order)}</b></p>'
        if (method, url.path) == ("GET", "/order"):
            button = f"<button>Pay {order['amount']} USDT</button>"
            form = f'<form method="post" action="/pay?order={order["id"]}">{button}</form>'
            return self.page(200, "Your order", shown + ("" if order["paid"] else form))
        if (method, url.path) == ("GET", "/return"):
            # Anybody can open it, paid or not: it shows how the order stands, and changes nothing.
            link = f'<p><a href="/order?order={order["id"]}">Your order</a></p>'
            return self.page(200, "Thank you", shown + link, refresh=True)
        return self.page(404, "Not found")

    def webhook(self, store: Store) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return self.page(413, "Too much")
        try:
            event = gateway.verify_webhook(self.rfile.read(int(length)), self.headers)
        except SignatureError as error:
            print(f"a webhook was refused: {error}", file=sys.stderr)
            return self.page(401, "Wrong signature")
        receive(store, event)
        return self.page(200, "Booked")

    def redirect(self, location: str) -> None:
        self.send_response(303)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def page(self, status: int, title: str, text: str = "", *, refresh: bool = False) -> None:
        body = f'<!doctype html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{text}\n'.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; form-action 'self' https: http:")
        if refresh:
            self.send_header("Refresh", "5")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Its own messages are enough."""


def reconcile_each_minute(closed: threading.Event) -> None:
    while not closed.wait(RECONCILE_SECONDS):
        try:
            with closing(Store(database)) as store:
                reconcile(store)
        except Exception:
            traceback.print_exc()


def main() -> None:
    with closing(Store(database)) as store:
        store.set_up()
    closed = threading.Event()
    worker = threading.Thread(target=reconcile_each_minute, args=(closed,))
    server = ThreadingHTTPServer(("127.0.0.1", port), Shop)

    def close(number: int, frame: Optional[object]) -> None:
        raise SystemExit

    signal.signal(signal.SIGTERM, close)
    worker.start()
    print(f"The shop is open: {home}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        closed.set()
        server.server_close()


if __name__ == "__main__":
    main()
