"""Gets the payment of an order."""

import logging

from django.db import IntegrityError, transaction
from django.utils.timezone import now
from pretix.multidomain.urlreverse import eventreverse_absolute
from usdt_client import ApiError, NotFoundError, OrderConflictError

from . import gateway, shop
from .models import UsdtPayment

logger = logging.getLogger(__name__)

#: So many further attempts where the gateway has something else under the order's ID.
_MOST_TRIES = 3


class NoFreeReference(Exception):
    """The gateway has other payments under the IDs of this order."""


def start(order_payment):
    """The row of the payment's present attempt. The same payment again has the same attempt."""
    for _ in range(_MOST_TRIES):
        row = _attempt(order_payment)
        if row.payment_url or _create(row):
            return row
        # The gateway has something else under this name: whatever it is, it is not this order's.
        row.state, row.reason = UsdtPayment.State.CLOSED, "the order ID was used before"
        row.save(update_fields=["state", "reason"])
    raise NoFreeReference(f"{order_payment.full_id}: {row.reference}")


def recover(row):
    """Whether the gateway has a payment for an attempt whose answer was lost. It is kept then."""
    try:
        payment = gateway.client_of(row.event).get_payment_by_order(row.reference)
    except NotFoundError:
        return False
    return row.keep(payment)


def return_url(row):
    """Everybody can see it at the gateway: it has no secret of the order."""
    return eventreverse_absolute(row.event, "plugins:pretix_usdt:return", kwargs={"token": row.token})


def _attempt(order_payment):
    order = order_payment.order
    row = UsdtPayment.current(order)
    if row is not None and _fits(row, order_payment):
        return row
    attempt = row.attempt + 1 if row else 1
    reference = f"{shop.shop_id()}-{order.pk}-{attempt}"
    # Written down before the gateway hears of it: if its answer is lost, the reconciliation asks.
    try:
        with transaction.atomic():
            return UsdtPayment.objects.create(
                reference=reference,
                event=order.event,
                order=order,
                order_payment=order_payment,
                order_name=f"{order.event.organizer.slug}/{order.event.slug}/{order.code}",
                attempt=attempt,
                price_amount=order_payment.amount,
                price_currency=order.event.currency,
            )
    except IntegrityError:
        # Of two requests at once, one adds it.
        return UsdtPayment.objects.get(reference=reference)


def _fits(row, order_payment):
    return (
        row.state == UsdtPayment.State.WAITING
        and row.order_payment_id == order_payment.pk
        and row.price_amount == order_payment.amount
        and row.price_currency == order_payment.order.event.currency
        and shop.is_of_this_shop(row.reference)
        and (row.expires_at is None or row.expires_at > now())
    )


def _create(row):
    """Whether the gateway's answer is about this attempt."""
    back = return_url(row)
    try:
        payment = gateway.client_of(row.event).create_payment(
            order_id=row.reference,
            description=f"{row.event.slug.upper()} {row.order.code}",
            success_url=back,
            fail_url=back,
            **gateway.price(row.price_amount, row.price_currency),
        )
    except OrderConflictError:
        return False
    except ApiError as error:
        if error.code == "invalid_currency":
            gateway.keep_conversion(row.event, False)
        raise
    row.refresh_from_db()
    if payment.status != "pending" and payment.payment_id != row.payment_id:
        return False
    if UsdtPayment.objects.filter(payment_id=payment.payment_id).exclude(pk=row.pk).exists():
        return False
    return row.keep(payment)
