"""Tells the organiser's people that money needs them: in the order's history, and by mail."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pretix.base.logentrytypes import ClearDataShredderMixin, EventLogEntryType, OrderLogEntryType, log_entry_types
from pretix.base.models import NotificationSetting, Order
from pretix.base.notifications import Notification, NotificationType
from pretix.base.services.notifications import send_notification
from pretix.helpers.urls import mainreverse_absolute

OF_ORDER = "pretix_usdt.order.attention"
OF_EVENT = "pretix_usdt.event.attention"

PERMISSION = "event.orders:write"

_TEXT = _("USDT payment {payment_id} has brought money, but {reason}. Please decide. Transaction: {txid}")


@log_entry_types.new(OF_ORDER, _TEXT)
class OrderAttention(OrderLogEntryType, ClearDataShredderMixin):
    pass


@log_entry_types.new(OF_EVENT, _TEXT)
class EventAttention(EventLogEntryType, ClearDataShredderMixin):
    pass


class _Attention(NotificationType):
    required_permission = PERMISSION

    def build_notification(self, logentry):
        at = {"organizer": logentry.event.organizer.slug, "event": logentry.event.slug}
        url = mainreverse_absolute("plugins:pretix_usdt:status", kwargs=at)
        content = logentry.content_object
        title = _("A USDT payment needs your attention")
        if isinstance(content, Order):
            title = _("A USDT payment of order {code} needs your attention").format(code=content.code)
        notification = Notification(logentry.event, title, detail=logentry.display(), url=url)
        notification.add_action(_("View details"), url)
        return notification


class OrderAttentionNotification(_Attention):
    action_type = OF_ORDER
    verbose_name = _("A USDT payment of an order needs attention")


class EventAttentionNotification(_Attention):
    action_type = OF_EVENT
    verbose_name = _("A USDT payment of no known order needs attention")


def tell(row, order):
    data = {"payment_id": row.payment_id, "reason": row.reason, "txid": row.txid}
    about, action = (order, OF_ORDER) if order else (row.event, OF_EVENT)
    entry = about.log_action(action, data)
    transaction.on_commit(lambda: _mail(entry, action))


def _mail(entry, action):
    """pretix mails to those who have asked for it. This goes to all who may act and have not declined it."""
    users = entry.event.get_users_with_permission(PERMISSION).filter(notifications_send=True, is_active=True)
    chosen = NotificationSetting.objects.filter(action_type=action, method="mail", user__in=users)
    for user in users.exclude(pk__in=chosen.values("user_id")):
        send_notification.apply_async(args=(entry.pk, action, user.pk, "mail"))
