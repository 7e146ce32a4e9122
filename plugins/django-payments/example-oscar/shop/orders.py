"""What payments mean for orders and their stock."""

from django.db import transaction
from oscar.core.loading import get_model
from payments import PaymentStatus

Order = get_model("order", "Order")

AWAITING, PAID, EXPIRED = "awaiting payment", "paid", "expired"


def locked(order_id):
    """The order as it stands, while nobody else changes it where the database can lock it."""
    return Order.objects.select_for_update().get(pk=order_id)


def why_not(payment, is_late):
    """Why a person has to decide about money for a payment, or `None`."""
    order = locked(payment.order_id)
    if order.status not in (AWAITING, EXPIRED):
        return f"the order is {order.status}"
    if order.usdt_payments.filter(pk__gt=payment.pk).exists():
        return "it belongs to an earlier payment of the order"
    if (order.total_incl_tax, order.currency) != (payment.total, payment.currency):
        return f"the order costs {order.total_incl_tax} {order.currency} by now"
    if order.status == EXPIRED and not has_stock(order):
        return "it came after its time, and the goods are sold"
    return None


def follow(sender, instance, **kwargs):
    """A payment has changed. What fails here undoes it."""
    with transaction.atomic():
        order = locked(instance.order_id)
        if instance.status == PaymentStatus.CONFIRMED and order.status in (AWAITING, EXPIRED):
            _pay(order, instance)
        elif instance.status == PaymentStatus.REJECTED and order.status == AWAITING:
            if not order.usdt_payments.filter(pk__gt=instance.pk).exists():
                _expire(order)


def has_stock(order):
    return all(_is_left(line) for line in order.lines.select_related("stockrecord"))


def reopen(order):
    """Lets an order that has expired be paid again. Whether its goods were still there."""
    if not has_stock(order):
        return False
    _allocate(order)
    order.set_status(AWAITING)
    return True


def _pay(order, payment):
    if order.status == EXPIRED:
        _allocate(order)
    for line in order.lines.all():
        line.consume_allocation(line.num_allocated)
    source = order.sources.get()
    source.debit(payment.total, reference=payment.transaction_id)
    order.set_status(PAID)


def _expire(order):
    for line in order.lines.all():
        line.cancel_allocation(line.num_allocated)
    order.set_status(EXPIRED)


def _is_left(line):
    if not line.can_track_allocations:
        return True
    return line.stockrecord is not None and line.stockrecord.net_stock_level >= line.quantity


def _allocate(order):
    for line in order.lines.select_related("stockrecord"):
        if line.can_track_allocations:
            line.stockrecord.allocate(line.quantity)
            line.num_allocated, line.allocation_cancelled = line.quantity, False
            line.save(update_fields=["num_allocated", "allocation_cancelled"])
