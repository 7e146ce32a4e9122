"""Asks the gateway for the payments of which no webhook has told: the shop was down, or its network.

The shop runs it each minute. `python reconcile.py` runs it once.
"""

from __future__ import annotations

from datetime import datetime, timezone

from booking import book
from settings import database, gateway
from store import Store
from usdt_client import NotFoundError


def reconcile(store: Store) -> None:
    for stored in store.unsettled(datetime.now(timezone.utc)):
        reference, payment_id = stored["reference"], stored["payment_id"]
        try:
            if payment_id is None:
                payment = gateway.get_payment_by_order(reference)
                store.keep(reference, payment)
            else:
                payment = gateway.get_payment(payment_id)
        except NotFoundError:
            # Where no ID was kept, none may have been created.
            if payment_id is not None:
                store.note(payment_id, "the gateway does not know it", {"reference": reference})
            continue
        if payment.is_paid:
            book(store, payment)
        elif payment.status in ("expired", "failed"):
            # It may still be paid late, so it is asked for again.
            store.end(reference)


if __name__ == "__main__":
    opened = Store(database)
    opened.set_up()
    reconcile(opened)
    opened.close()
