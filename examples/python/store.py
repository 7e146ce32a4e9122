"""Orders, their payments, and what a person has to look at, in SQLite."""

from __future__ import annotations

import json
import secrets
import sqlite3
import uuid
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Dict, Iterator, List, Optional

from usdt_client import Payment

SCHEMA = """
    CREATE TABLE IF NOT EXISTS shop (id TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS orders (
        id TEXT PRIMARY KEY,
        amount TEXT NOT NULL,
        paid INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS payments (
        reference TEXT PRIMARY KEY,
        order_id TEXT NOT NULL REFERENCES orders,
        attempt INTEGER NOT NULL,
        amount TEXT NOT NULL,
        payment_id INTEGER UNIQUE,
        state TEXT NOT NULL DEFAULT 'open',
        expires_at INTEGER,
        UNIQUE (order_id, attempt)
    );
    CREATE TABLE IF NOT EXISTS deliveries (order_id TEXT PRIMARY KEY REFERENCES orders);
    CREATE TABLE IF NOT EXISTS attention (
        payment_id INTEGER NOT NULL,
        reason TEXT NOT NULL,
        details TEXT NOT NULL,
        UNIQUE (payment_id, reason)
    );
"""

#: For so long after its end a payment can still be paid late.
LATE = timedelta(hours=25)


class Store:
    """One connection, for one thread."""

    def __init__(self, file: str) -> None:
        self._database = sqlite3.connect(file, timeout=5, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA foreign_keys = ON")

    def set_up(self) -> None:
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(SCHEMA)
        with self.transaction():
            # Drawn once, so that a second shop on the same project uses other order IDs.
            self._run("INSERT INTO shop SELECT ? WHERE NOT EXISTS (SELECT 1 FROM shop)", secrets.token_hex(4))

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, and nobody else's in between."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def add_order(self, amount: str) -> str:
        order_id = str(uuid.uuid4())
        self._run("INSERT INTO orders (id, amount) VALUES (?, ?)", order_id, amount)
        return order_id

    def order(self, order_id: str) -> Optional[sqlite3.Row]:
        return self._row("SELECT * FROM orders WHERE id = ?", order_id)

    def latest(self, order_id: str) -> Optional[sqlite3.Row]:
        """The order's latest payment."""
        return self._row("SELECT * FROM payments WHERE order_id = ? ORDER BY attempt DESC", order_id)

    def open_payment(self, order: sqlite3.Row) -> sqlite3.Row:
        """The payment that was begun for the order, or a new one: its reference never comes again."""
        with self.transaction():
            payment = self.latest(order["id"])
            if payment is None or payment["state"] == "ended":
                attempt = 1 if payment is None else payment["attempt"] + 1
                [shop] = self._database.execute("SELECT id FROM shop").fetchone()
                self._run(
                    "INSERT INTO payments (reference, order_id, attempt, amount) VALUES (?, ?, ?, ?)",
                    f"{shop}-{order['id']}-{attempt}",
                    order["id"],
                    attempt,
                    order["amount"],
                )
                payment = self.latest(order["id"])
        assert payment is not None
        return payment

    def payment_of(self, payment_id: int, reference: Optional[str]) -> Optional[sqlite3.Row]:
        """The payment of this ID, or the one of this reference whose ID was not kept before the shop broke off."""
        return self._row(
            "SELECT * FROM payments WHERE payment_id = ? OR (payment_id IS NULL AND reference = ?)"
            " ORDER BY payment_id IS NULL",
            payment_id,
            reference,
        )

    def keep(self, reference: str, created: Payment) -> bool:
        """Keeps what the gateway has created. Whether it is new, or this very payment's."""
        return self._run(
            "UPDATE payments SET payment_id = ?, expires_at = ?"
            " WHERE reference = ? AND (payment_id IS NULL OR payment_id = ?)",
            created.payment_id,
            int(created.expires_at.timestamp()),
            reference,
            created.payment_id,
        )

    def claim(self, reference: str, payment_id: int) -> bool:
        """Takes the payment for booking. Only one of any number of tries has it."""
        return self._run(
            "UPDATE payments SET state = 'paid', payment_id = ? WHERE reference = ? AND state <> 'paid'",
            payment_id,
            reference,
        )

    def mark_paid(self, order_id: str) -> bool:
        """Whether the order was not paid before."""
        return self._run("UPDATE orders SET paid = 1 WHERE id = ? AND paid = 0", order_id)

    def deliver(self, order_id: str) -> None:
        self._run("INSERT INTO deliveries VALUES (?)", order_id)

    def end(self, reference: str) -> None:
        """It was not paid in time, or given up."""
        self._run("UPDATE payments SET state = 'ended' WHERE reference = ? AND state = 'open'", reference)

    def note(self, payment_id: Optional[int], reason: str, details: Dict[str, Any]) -> None:
        """Writes down what a person has to look at, once."""
        text = json.dumps(details, default=str)
        self._run("INSERT OR IGNORE INTO attention VALUES (?, ?, ?)", payment_id or 0, reason, text)

    def unsettled(self, now: datetime) -> List[sqlite3.Row]:
        """The payments that may have been paid without the shop's knowing."""
        oldest = int((now - LATE).timestamp())
        select = "SELECT * FROM payments WHERE state <> 'paid' AND (expires_at IS NULL OR expires_at > ?)"
        return self._database.execute(select, (oldest,)).fetchall()

    def _row(self, sql: str, *values: object) -> Optional[sqlite3.Row]:
        row: Optional[sqlite3.Row] = self._database.execute(sql, values).fetchone()
        return row

    def _run(self, sql: str, *values: object) -> bool:
        """Whether it has changed a row."""
        return self._database.execute(sql, values).rowcount == 1
