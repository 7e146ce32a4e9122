"""Asks the gateway for each payment that is open, since a webhook can fail to come."""

import logging
from datetime import timedelta

from django.db import OperationalError
from django.utils.timezone import now
from payments.core import provider_factory
from usdt_client import NotFoundError, UsdtError

from . import booking, paying, shop
from .models import UsdtPayment

logger = logging.getLogger(__name__)

_PERIOD = timedelta(minutes=5)
_HOUR = timedelta(hours=1)
#: After a payment's end, until the gateway knows of it.
_MARGIN = timedelta(minutes=2)
#: From a payment's end on: the gateway keeps an amount reserved for a day, unless its operator has set more.
_QUARANTINE = timedelta(days=3)
#: Of one run.
_MOST_PAYMENTS = 500


def run():
    if shop.is_moved():
        return
    silent = set()
    due = UsdtPayment.objects.filter(state__in=UsdtPayment.OPEN, check_at__lte=now())
    # Those that wait come before those whose time is over.
    for row in due.order_by("-state", "check_at")[:_MOST_PAYMENTS]:
        if row.variant in silent:
            continue
        try:
            check(row)
        except UsdtError as error:
            logger.warning("payment %s: %s", row.reference, error)
            if not isinstance(error, NotFoundError):
                # The gateway does not answer, or not us, or wants to be left alone: the next run goes on.
                silent.add(row.variant)
        except OperationalError as error:
            logger.info("payment %s: %s", row.reference, error)
        except Exception:
            logger.exception("payment %s", row.reference)
            _again(row, now() + _PERIOD)


def check(row, timeout=15.0):
    """Asks how one payment stands, and does what that means."""
    if not row.is_open:
        return
    provider = provider_factory(row.variant)
    if row.payment_id is None and not paying.recover(provider, row):
        # The gateway never heard of it. An hour later nobody repeats it.
        if row.created_at + _HOUR < now():
            _close(row)
        else:
            _again(row, now() + _PERIOD)
        return
    try:
        payment = provider.client(timeout).get_payment(row.payment_id)
    except NotFoundError:
        # Another project, or another gateway: what was created there is not seen from here.
        _again(row, now() + _HOUR)
        _close_when_over(row)
        raise
    if payment.is_paid:
        booking.paid(provider, row, payment)
        return
    if payment.status in ("expired", "failed"):
        booking.ended(row)
    _again(row, _next(row, payment))
    _close_when_over(row)


def _next(row, payment):
    # While a transfer is on its way, or the gateway is late, a payment's end is not its window's.
    if payment.status == "pending" and row.expires_at:
        return max(now() + _PERIOD, min(row.expires_at + _MARGIN, now() + _HOUR))
    return now() + _HOUR


def _again(row, at):
    UsdtPayment.objects.filter(pk=row.pk).update(check_at=at)


def _close_when_over(row):
    if (row.expires_at or row.created_at) + _QUARANTINE < now():
        _close(row, UsdtPayment.State.EXPIRED)


def _close(row, *states):
    open_ones = UsdtPayment.objects.filter(pk=row.pk, state__in=states or UsdtPayment.OPEN)
    open_ones.update(state=UsdtPayment.State.CLOSED)
