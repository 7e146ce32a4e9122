"""Paying the order that the visitor's session has placed."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from payments import PaymentError, PaymentStatus, RedirectNeeded

from . import orders
from .models import Payment

_OPEN = (PaymentStatus.WAITING, PaymentStatus.INPUT)


@require_POST
def pay(request):
    return start(request)


def pay_again(request):
    return render(request, "shop/pay_again.html", {"order": _order_of(request)})


def start(request):
    """Leads to the page of the order's payment."""
    order = orders.locked(_order_of(request).pk)
    if order.status == orders.EXPIRED and not orders.reopen(order):
        messages.error(request, "The goods of this order are sold.")
        return redirect("pay_again")
    if order.status != orders.AWAITING:
        return redirect("checkout:thank-you")
    try:
        _payment_of(order).get_form()
    except RedirectNeeded as needed:
        return redirect(str(needed))
    except PaymentError as error:
        messages.error(request, str(error))
    return redirect("pay_again")


def _order_of(request):
    order = orders.Order.objects.filter(pk=request.session.get("checkout_order_id")).first()
    if order is None:
        raise Http404()
    return order


def _payment_of(order):
    payment = order.usdt_payments.filter(status__in=_OPEN).order_by("pk").last()
    if payment is None:
        payment = Payment(order=order, variant="usdt", description=f"Order {order.number}")
    # The order may cost something else by now.
    payment.total, payment.currency = order.total_incl_tax, order.currency
    payment.save()
    return payment
