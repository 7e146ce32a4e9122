"""Gets the payment at the gateway."""

from urllib.parse import urljoin

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import now
from payments import PaymentError, PaymentStatus
from payments.core import get_base_url
from usdt_client import NotFoundError, OrderConflictError

from . import shop
from .models import UsdtPayment

#: So many further attempts where the gateway has something else under the order's ID.
_MOST_TRIES = 3
_PAYABLE = (PaymentStatus.WAITING, PaymentStatus.INPUT)


def start(provider, payment):
    """The row of the payment's present attempt. The same payment again has the same attempt."""
    if payment.status not in _PAYABLE:
        raise PaymentError(f"the payment is {payment.status}")
    for _ in range(_MOST_TRIES):
        row = _attempt(payment)
        if row.payment_url or _create(provider, row, payment):
            return row
        # The gateway has something else under this name: whatever it is, it is not this payment's.
        row.state, row.reason = UsdtPayment.State.CLOSED, "the order ID was used before"
        row.save(update_fields=["state", "reason"])
    raise PaymentError(f"the gateway has other payments under the IDs of payment {payment.pk}")


def recover(provider, row):
    """Whether the gateway has a payment for an attempt whose answer was lost. It is kept then."""
    try:
        payment = provider.client().get_payment_by_order(row.reference)
    except NotFoundError:
        return False
    return row.keep(payment)


def price(amount, currency):
    """What to send for an amount. No rate comes from anywhere but the gateway."""
    if currency in ("USD", "USDT"):
        return {"amount": amount}
    return {"price_amount": amount, "price_currency": currency}


def _attempt(payment):
    row = UsdtPayment.current(payment)
    if row is not None and _fits(row, payment):
        return row
    attempt = row.attempt + 1 if row else 1
    reference = f"{shop.shop_id()}-{payment.pk}-{attempt}"
    # Written down before the gateway hears of it: if its answer is lost, the reconciliation asks.
    try:
        with transaction.atomic():
            return UsdtPayment.objects.create(
                reference=reference,
                variant=payment.variant,
                payment_token=payment.token,
                attempt=attempt,
                price_amount=payment.total,
                price_currency=payment.currency,
            )
    except IntegrityError:
        # Of two requests at once, one adds it.
        return UsdtPayment.objects.get(reference=reference)


def _fits(row, payment):
    return (
        row.state == UsdtPayment.State.WAITING
        and row.variant == payment.variant
        and row.price_amount == payment.total
        and row.price_currency == payment.currency
        and shop.is_of_this_shop(row.reference)
        and (row.expires_at is None or row.expires_at > now())
    )


def _create(provider, row, payment):
    """Whether the gateway's answer is about this attempt."""
    back = urljoin(get_base_url(), reverse("usdt_return", kwargs={"token": row.token}))
    try:
        created = provider.client().create_payment(
            order_id=row.reference,
            description=payment.description or None,
            # Everybody can see them: they have nothing of the shop's payment.
            success_url=back,
            fail_url=back,
            **price(row.price_amount, row.price_currency),
        )
    except OrderConflictError:
        return False
    row.refresh_from_db()
    if created.status != "pending" and created.payment_id != row.payment_id:
        return False
    if UsdtPayment.objects.filter(payment_id=created.payment_id).exclude(pk=row.pk).exists():
        return False
    return row.keep(created)
