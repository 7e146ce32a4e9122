"""Where the payer goes and comes back."""

import logging

from django.db import OperationalError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from payments import PaymentStatus, get_payment_model
from usdt_client import UsdtError

from . import booking, reconciliation, shop
from .models import UsdtPayment

logger = logging.getLogger(__name__)

State = UsdtPayment.State

#: Seconds: the payer waits for the return page.
_TIMEOUT = 3.0
#: Seconds between two questions to the gateway for one payment, and between two looks of the page.
_PAUSE = 5
#: Seconds for which the payer's browser is known.
_KNOWN = 7 * 86400


@never_cache
def go(request, token):
    """Leads on to the payment's page. The browser is known from now on: only the payer has this address."""
    payment = get_object_or_404(get_payment_model(), token=token)
    row = UsdtPayment.current(payment)
    if row is None or not row.payment_url:
        raise Http404()
    response = HttpResponseRedirect(row.payment_url)
    response.set_signed_cookie(
        _cookie(row), row.token, max_age=_KNOWN, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


@never_cache
def returned(request, token):
    """Everybody may know its address: it tells nothing but how the payment stands. It leads its payer on."""
    row = get_object_or_404(UsdtPayment, token=token)
    payment = booking.payment_of(row)
    if payment is None:
        raise Http404()
    row = _refreshed(row)
    payment.refresh_from_db()
    state = _state(row, payment)
    is_payer = request.get_signed_cookie(_cookie(row), default=None) == row.token
    if is_payer and state == "paid":
        return HttpResponseRedirect(payment.get_success_url())
    if is_payer and state == "expired":
        return HttpResponseRedirect(payment.get_failure_url())
    response = render(request, "payments_usdt/return.html", {"state": state, "row": row})
    if state == "waiting":
        response["Refresh"] = str(_PAUSE)
    response["Referrer-Policy"] = "same-origin"
    return response


def _cookie(row):
    return f"usdt_{row.token[:8]}"


def _refreshed(row):
    if row.is_open and not shop.is_moved() and row.may_ask(_PAUSE):
        try:
            reconciliation.check(row, _TIMEOUT)
        except (UsdtError, OperationalError) as error:
            logger.warning("payment %s at the payer's return: %s", row.payment_id, error)
        row.refresh_from_db()
    return row


def _state(row, payment):
    if row.state == State.WAITING:
        return "waiting"
    if row.state in UsdtPayment.TOLD:
        return "paid" if payment.status == PaymentStatus.CONFIRMED else "attention"
    return "expired"
