"""Where pretix asks the plugin."""

from django.dispatch import receiver
from django.template.loader import get_template
from pretix.base.signals import periodic_task, register_notification_types, register_payment_providers
from pretix.control.signals import event_dashboard_top, order_info

from . import reconciliation
from .attention import EventAttentionNotification, OrderAttentionNotification
from .models import UsdtPayment


@receiver(register_payment_providers, dispatch_uid="pretix_usdt_provider")
def provider(sender, **kwargs):
    from .payment import UsdtProvider

    return UsdtProvider


@receiver(register_notification_types, dispatch_uid="pretix_usdt_notifications")
def notifications(sender, **kwargs):
    return [OrderAttentionNotification(sender), EventAttentionNotification(sender)]


@receiver(periodic_task, dispatch_uid="pretix_usdt_reconciliation")
def reconcile(sender, **kwargs):
    reconciliation.run()


@receiver(order_info, dispatch_uid="pretix_usdt_order")
def order_panel(sender, order, request, **kwargs):
    return _attention(UsdtPayment.objects.filter(order=order), sender, request)


@receiver(event_dashboard_top, dispatch_uid="pretix_usdt_dashboard")
def dashboard(sender, request, **kwargs):
    return _attention(UsdtPayment.objects.filter(event=sender), sender, request)


def _attention(rows, event, request):
    rows = rows.filter(state=UsdtPayment.State.ATTENTION)
    if not rows:
        return ""
    return get_template("pretix_usdt/attention.html").render({"rows": rows, "event": event}, request=request)
