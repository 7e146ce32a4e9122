"""Asks the gateway for each payment that is open, since a webhook can fail to come."""

import logging
from datetime import timedelta

from django.db import OperationalError
from django.utils.timezone import now
from django_scopes import scopes_disabled
from pretix.base.services.locking import LockTimeoutException
from usdt_client import NotFoundError, UsdtError

from . import booking, gateway, paying, shop
from .models import UsdtPayment

logger = logging.getLogger(__name__)

_PERIOD = timedelta(minutes=5)
_HOUR = timedelta(hours=1)
#: After a payment's end, until the gateway knows of it.
_MARGIN = timedelta(minutes=2)
#: Of one run.
_MOST_PAYMENTS = 200
_MOST_TIME = timedelta(seconds=60)

#: What another request is to blame for: the next run, or the gateway's next try, does it.
BUSY = (OperationalError, LockTimeoutException)


@scopes_disabled()
def run():
    if shop.is_moved():
        return
    end = now() + _MOST_TIME
    silent = set()
    due = UsdtPayment.objects.filter(state__in=UsdtPayment.OPEN, check_at__lte=now())
    # Those that wait come before those whose time is over.
    for row in due.select_related("event__organizer").order_by("-state", "check_at")[:_MOST_PAYMENTS]:
        if now() >= end:
            return
        if row.event_id in silent or not gateway.is_complete(row.event):
            continue
        try:
            check(row)
        except NotFoundError as error:
            logger.warning("payment %s: %s", row.reference, error)
        except UsdtError as error:
            # The gateway does not answer, or not us, or wants to be left alone: the next run goes on.
            logger.warning("payment %s: %s", row.reference, error)
            silent.add(row.event_id)
        except BUSY as error:
            logger.info("payment %s: %s", row.reference, error)
        except Exception:
            logger.exception("payment %s", row.reference)
            _again(row, now() + _PERIOD)


def check(row, timeout=15.0):
    """Asks how one payment stands, and does what that means for its order."""
    if not row.is_open:
        return
    if row.payment_id is None and not paying.recover(row):
        # The gateway never heard of it. An hour later nobody repeats it.
        if row.created_at + _HOUR < now():
            _close(row)
        else:
            _again(row, now() + _PERIOD)
        return
    try:
        payment = gateway.client_of(row.event, timeout).get_payment(row.payment_id)
    except NotFoundError:
        # Another project, or another gateway: what was created there is not seen from here.
        _again(row, now() + _HOUR)
        _close_when_over(row)
        raise
    if payment.is_paid:
        booking.paid(row, payment)
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
    end = (row.expires_at or row.created_at) + timedelta(seconds=gateway.quarantine_of(row.event)) + 2 * _HOUR
    if end < now():
        _close(row, UsdtPayment.State.EXPIRED)


def _close(row, *states):
    open_ones = UsdtPayment.objects.filter(pk=row.pk, state__in=states or UsdtPayment.OPEN)
    open_ones.update(state=UsdtPayment.State.CLOSED)
