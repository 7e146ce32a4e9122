"""Confirms payments by what has become of them at the gateway: each once, and never backwards.

Whatever cannot be booked is written down for a person.
"""

import logging
from decimal import Decimal

from django.core.mail import mail_managers
from django.db import transaction
from django.utils.timezone import now
from payments import PaymentStatus, get_payment_model

from . import shop
from .models import UsdtPayment

logger = logging.getLogger(__name__)

State = UsdtPayment.State

_OPEN = (PaymentStatus.WAITING, PaymentStatus.INPUT)
#: Those of which late money may still make a confirmed one.
_ENDED = (PaymentStatus.REJECTED, PaymentStatus.ERROR)


def paid(provider, row, money):
    """Books a payment that the gateway says is paid: an event or a payment of the client.

    It may be called for the same one any number of times, and at once.
    """
    with transaction.atomic():
        # The claim. Of all who come, one changes the row; the others wait here until that one has ended.
        if not UsdtPayment.objects.filter(pk=row.pk).exclude(state__in=UsdtPayment.TOLD).update(check_at=now()):
            return
        row = UsdtPayment.objects.get(pk=row.pk)
        payment = payment_of(row, is_locked=True)
        problem = _problem(provider, row, payment, money)
        if problem:
            _alarm(row, money, problem)
            return
        payment.transaction_id = money.txid or ""
        payment.captured_amount = payment.total
        payment.save(update_fields=["transaction_id", "captured_amount"])
        # The shop's receivers change the order. If one of them fails, nothing has happened.
        payment.change_status(PaymentStatus.CONFIRMED)
        _close(row, money, State.BOOKED)
        logger.info("payment %s is booked", row.payment_id)


def ended(row):
    """The payment's time is over, or it was given up."""
    with transaction.atomic():
        if not UsdtPayment.objects.filter(pk=row.pk, state=State.WAITING).update(state=State.EXPIRED):
            return
        payment = payment_of(row, is_locked=True)
        if payment is not None and payment.status in _OPEN and _is_current(row, payment):
            payment.change_status(PaymentStatus.REJECTED, "The time to pay is over.")


def unknown(variant, money):
    """Money for something that this shop does not know, once for each payment."""
    with transaction.atomic():
        row, is_new = UsdtPayment.objects.get_or_create(
            payment_id=money.payment_id,
            defaults={
                # A reference of its own: the one that came may stand in another row.
                "reference": f"unknown-{money.payment_id}",
                "variant": variant,
                "attempt": 0,
                "price_amount": Decimal(0),
                "price_currency": "USDT",
            },
        )
        if is_new:
            _alarm(row, money, f"this shop knows no payment {money.order_id}")


def payment_of(row, is_locked=False):
    """The shop's payment, as it stands; locked where the database can."""
    payments = get_payment_model()._default_manager.filter(token=row.payment_token)
    return (payments.select_for_update() if is_locked else payments).first() if row.payment_token else None


def _problem(provider, row, payment, money):
    """Why a person has to decide."""
    differences = set(
        money.differences(order_id=row.reference, amount=row.amount or Decimal(0), payment_id=row.payment_id or 0)
    ) - {"received_amount"}
    if differences:
        return f"it differs from what the shop has asked for: {', '.join(sorted(differences))}"
    if not shop.is_of_this_shop(row.reference):
        return "it belongs to the shop of which this is a copy"
    if payment is None:
        return "its payment is not there any more"
    if payment.variant != row.variant or payment.status not in (*_OPEN, *_ENDED):
        return f"its payment is {payment.status} by {payment.variant}"
    if not _is_current(row, payment):
        return "it belongs to an earlier attempt to pay"
    if money.received_amount is not None and money.received_amount + provider.tolerance < row.amount:
        return f"{money.received_amount} USDT were accepted, and {row.amount} were due"
    if (payment.total, payment.currency) != (row.price_amount, row.price_currency):
        return (
            f"{row.price_amount} {row.price_currency} were paid for,"
            f" and {payment.total} {payment.currency} are due by now"
        )
    return provider.why_not(payment, money.late or payment.status in _ENDED)


def _is_current(row, payment):
    return UsdtPayment.current(payment).pk == row.pk


def _alarm(row, money, reason):
    _close(row, money, State.ATTENTION, reason)
    logger.warning("payment %s needs attention: %s", money.payment_id, reason)
    text = f"USDT payment {money.payment_id} ({row.reference}) has brought money, but {reason}. Please decide.\n"
    text += f"Transaction: {money.txid}\n"
    transaction.on_commit(lambda: mail_managers("A USDT payment needs your attention", text, fail_silently=True))


def _close(row, money, state, reason=""):
    row.state, row.reason = state, reason
    row.txid, row.received_amount = money.txid, money.received_amount
    row.save(update_fields=["state", "reason", "txid", "received_amount"])
