"""Books what is paid, once, whoever tells of it: a webhook, its repeats, or the reconciliation."""

from typing import Union

from store import Store
from usdt_client import Event, Payment, PaymentPaid, TestEvent


def book(store: Store, paid: Union[PaymentPaid, Payment]) -> None:
    with store.transaction():
        stored = store.payment_of(paid.payment_id, paid.order_id)
        if stored is None:
            return store.note(paid.payment_id, "unknown payment", paid.raw)
        differs = paid.differences(
            order_id=stored["reference"],
            amount=stored["amount"],
            payment_id=stored["payment_id"] or paid.payment_id,
        )
        if differs:
            return store.note(paid.payment_id, f"differs: {', '.join(differs)}", paid.raw)
        if not store.claim(stored["reference"], paid.payment_id):
            return None  # a repeat
        if not store.mark_paid(stored["order_id"]):
            return store.note(paid.payment_id, "the order was paid before", paid.raw)
        if paid.late:
            store.note(paid.payment_id, "paid late", paid.raw)
        return store.deliver(stored["order_id"])


def receive(store: Store, event: Event) -> None:
    """Takes an event whose signature is right."""
    if isinstance(event, PaymentPaid):
        book(store, event)
    elif not isinstance(event, TestEvent):
        store.note(event.payment_id, f"event {event.type}", event.raw)
