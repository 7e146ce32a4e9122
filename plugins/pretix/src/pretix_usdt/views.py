"""What the gateway, the payer and the organiser's people call."""

import logging

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView, View
from django_scopes import scopes_disabled
from pretix.base.models import Order
from pretix.control.permissions import EventPermissionRequiredMixin
from pretix.multidomain.urlreverse import eventreverse
from usdt_client import PaymentExpired, PaymentPaid, SignatureError, UsdtError

from . import booking, checks, gateway, paying, reconciliation, shop
from .attention import PERMISSION
from .models import UsdtPayment
from .payment import SESSION
from .webhook import verify

logger = logging.getLogger(__name__)

State = UsdtPayment.State

#: Seconds: the payer waits for the return page.
_TIMEOUT = 3.0
#: Seconds between two questions to the gateway for one payment, and between two looks of the page.
_PAUSE = 5


@csrf_exempt
@require_POST
@scopes_disabled()
def webhook(request):
    try:
        told, row, event = verify(request.body, request.headers)
    except SignatureError as error:
        logger.warning("a webhook is refused: %s", error.reason)
        return HttpResponse(error.reason, status=401, content_type="text/plain")
    if shop.is_moved():
        # Whether it is this shop's is for its administrator to say first.
        return HttpResponse("this shop has another address than the one it was set up for", status=503)
    try:
        _receive(told, row, event)
    except reconciliation.BUSY as error:
        logger.info("a webhook is not booked yet: %s", error)
        return HttpResponse("busy", status=503, content_type="text/plain")
    except UsdtError as error:
        logger.warning("a webhook is not booked: %s", error)
        return HttpResponse("not booked: the shop's log says why", status=503, content_type="text/plain")
    return HttpResponse("received", content_type="text/plain")


def _receive(told, row, event):
    if isinstance(told, PaymentExpired) and row is not None:
        # The gateway's word now, and not the event's, which may be old.
        reconciliation.check(row)
    if not isinstance(told, PaymentPaid):
        return
    if row is not None and row.payment_id is None and not paying.recover(row):
        row = None
    if row is None:
        booking.unknown(event, told)
    else:
        booking.paid(row, told)


@never_cache
def returned(request, token, **kwargs):
    """Where payers come back to. Everybody may know its address: it tells nothing but how the payment stands."""
    row = UsdtPayment.objects.select_related("event__organizer").filter(token=token, event=request.event).first()
    if row is None or row.order is None:
        raise Http404()
    row = _refreshed(row)
    state = _state(row)
    is_owner = token in request.session.get(SESSION, [])
    at = {"order": row.order.code, "secret": row.order.secret}
    url = eventreverse(request.event, "presale:event.order", kwargs=at) if is_owner else None
    if state == "paid" and url:
        return redirect(url + "?paid=yes")
    response = render(request, "pretix_usdt/return.html", {"state": state, "row": row, "order_url": url})
    if state == "waiting":
        response["Refresh"] = str(_PAUSE)
    response["Referrer-Policy"] = "same-origin"
    return response


def _refreshed(row):
    if row.is_open and gateway.is_complete(row.event) and not shop.is_moved() and row.may_ask(_PAUSE):
        try:
            reconciliation.check(row, _TIMEOUT)
        except (UsdtError, *reconciliation.BUSY) as error:
            logger.warning("payment %s at the payer's return: %s", row.payment_id, error)
        row.refresh_from_db()
    return row


def _state(row):
    if row.state == State.WAITING:
        return "waiting"
    if row.state == State.BOOKED:
        return "paid"
    if row.state in UsdtPayment.TOLD:
        return "paid" if row.order.status == Order.STATUS_PAID else "attention"
    return "expired"


class _EventView(EventPermissionRequiredMixin):
    def row(self, pk):
        return get_object_or_404(UsdtPayment.objects.select_related("event__organizer"), pk=pk, event=self.request.event)

    def back(self):
        at = {"organizer": self.request.organizer.slug, "event": self.request.event.slug}
        return redirect(reverse("plugins:pretix_usdt:status", kwargs=at))


class Status(_EventView, TemplateView):
    template_name = "pretix_usdt/status.html"
    permission = "event.orders:read"

    def get_context_data(self, **kwargs):
        rows = UsdtPayment.objects.filter(event=self.request.event)
        return {
            **super().get_context_data(**kwargs),
            "attention": rows.filter(state=State.ATTENTION).order_by("-pk"),
            "open": rows.filter(state__in=UsdtPayment.OPEN).order_by("-pk")[:100],
            "is_complete": gateway.is_complete(self.request.event),
            "is_moved": shop.is_moved(),
        }


class Test(_EventView, View):
    permission = "event.settings.payment:write"

    def post(self, request, what, **kwargs):
        for is_good, line in checks.lines(request.event, what):
            (messages.success if is_good else messages.error)(request, line)
        return self.back()


class Settle(_EventView, View):
    permission = PERMISSION

    def post(self, request, pk, **kwargs):
        row = self.row(pk)
        UsdtPayment.objects.filter(pk=row.pk, state=State.ATTENTION).update(state=State.SETTLED)
        return self.back()


class Check(_EventView, View):
    permission = PERMISSION

    def post(self, request, pk, **kwargs):
        try:
            reconciliation.check(self.row(pk))
        except (UsdtError, *reconciliation.BUSY) as error:
            messages.error(request, str(error))
        return self.back()
