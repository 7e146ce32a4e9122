"""Changes orders by what has become of their payments: each payment once, and never backwards.

Whatever cannot be booked is written down for a person.
"""

import logging
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import now
from django_scopes import scope
from pretix.base.models import Order, OrderPayment, Quota
from pretix.base.services.orders import mark_order_expired
from pretix.helpers import OF_SELF

from . import gateway, shop
from .attention import tell
from .models import UsdtPayment

logger = logging.getLogger(__name__)

State = UsdtPayment.State


def paid(row, money):
    """Books a payment that the gateway says is paid: an event or a payment of the client.

    It may be called for the same one any number of times, and at once.
    """
    with transaction.atomic(), scope(organizer=row.event.organizer):
        # The claim. Of all who come, one changes the row; the others wait here until that one has ended.
        if not UsdtPayment.objects.filter(pk=row.pk).exclude(state__in=UsdtPayment.TOLD).update(check_at=now()):
            return
        row = UsdtPayment.objects.select_related("event__organizer").get(pk=row.pk)
        order, payment = _locked(row)
        problem = _problem(row, order, payment, money) or _doubt(row, order, payment, money)
        if problem:
            _alarm(row, order, money, problem)
        else:
            _confirm(row, order, payment, money)


def ended(row):
    """The payment's time is over, or it was given up."""
    with transaction.atomic(), scope(organizer=row.event.organizer):
        if not UsdtPayment.objects.filter(pk=row.pk, state=State.WAITING).update(state=State.EXPIRED):
            return
        order, payment = _locked(row)
        if payment is None or payment.state not in _OPEN:
            return
        payment.fail(log_data={"payment_id": row.payment_id, "reason": "its time is over"})
        ends = gateway.settings_of(row.event).get("end_orders", as_type=bool, default=False)
        if ends and order.status == Order.STATUS_PENDING and _is_current(row):
            mark_order_expired(order)


def unknown(event, money):
    """Money for something that this shop does not know, once for each payment."""
    with transaction.atomic(), scope(organizer=event.organizer):
        row, is_new = UsdtPayment.objects.get_or_create(
            payment_id=money.payment_id,
            defaults={
                # A reference of its own: the one that came may stand in another row.
                "reference": f"unknown-{money.payment_id}",
                "event": event,
                "order_name": str(money.order_id)[:190],
                "attempt": 0,
                "price_amount": Decimal(0),
                "price_currency": "USDT",
            },
        )
        if is_new:
            _alarm(row, None, money, f"this shop knows no payment {money.order_id}")


_OPEN = (OrderPayment.PAYMENT_STATE_CREATED, OrderPayment.PAYMENT_STATE_PENDING)


def _locked(row):
    """Order and payment, as they stand while nobody else changes them."""
    order = Order.objects.select_for_update(of=OF_SELF).filter(pk=row.order_id).first()
    payment = OrderPayment.objects.select_for_update(of=OF_SELF).filter(pk=row.order_payment_id, order=order).first()
    return order, payment


def _problem(row, order, payment, money):
    """Why this money must not change the order."""
    differences = set(
        money.differences(order_id=row.reference, amount=row.amount or Decimal(0), payment_id=row.payment_id or 0)
    ) - {"received_amount"}
    if differences:
        return f"it differs from what the shop has asked for: {', '.join(sorted(differences))}"
    if not shop.is_of_this_shop(row.reference):
        return "it belongs to the shop of which this is a copy"
    if order is None or payment is None:
        return "the order is not there any more"
    if order.status == Order.STATUS_PAID:
        return "the order was paid before"
    if order.status == Order.STATUS_CANCELED:
        return "the order is canceled"
    if not _is_current(row):
        return "it belongs to an earlier attempt to pay the order"
    if payment.state in (OrderPayment.PAYMENT_STATE_CONFIRMED, OrderPayment.PAYMENT_STATE_REFUNDED):
        return "this payment was confirmed before"
    if order.payments.filter(local_id__gt=payment.local_id, state__in=_OPEN).exists():
        return "the order waits for another payment by now"
    return None


def _doubt(row, order, payment, money):
    """Why a person has to decide before the tickets go out."""
    received = money.received_amount
    tolerance = gateway.settings_of(row.event).get("tolerance", as_type=Decimal, default=Decimal(0))
    if received is not None and received + tolerance < row.amount:
        return f"{received} USDT were accepted, and {row.amount} were due"
    if order.pending_sum != row.price_amount or payment.amount != row.price_amount:
        return f"{row.price_amount} {row.price_currency} were paid for, and {order.pending_sum} are due by now"
    return None


def _is_current(row):
    return UsdtPayment.current(row.order).pk == row.pk


def _confirm(row, order, payment, money):
    payment.info_data = {
        **payment.info_data,
        "payment_id": money.payment_id,
        "txid": money.txid,
        "late": money.late,
    }
    try:
        payment.confirm()
    except Quota.QuotaExceededException as error:
        # pretix keeps the payment as confirmed, and the order as it was. It has told nobody.
        _alarm(row, order, money, f"the order cannot be paid any more: {error}")
        return
    _close(row, money, State.BOOKED)
    logger.info("payment %s of %s is booked", row.payment_id, row.order_name)


def _alarm(row, order, money, reason):
    _close(row, money, State.ATTENTION, reason)
    logger.warning("payment %s of %s needs attention: %s", money.payment_id, row.order_name, reason)
    tell(row, order)


def _close(row, money, state, reason=""):
    row.state, row.reason = state, reason
    row.txid, row.received_amount = money.txid, money.received_amount
    row.save(update_fields=["state", "reason", "txid", "received_amount"])
