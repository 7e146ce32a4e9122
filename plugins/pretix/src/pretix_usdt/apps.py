"""What pretix reads of the plugin. Django finds it in this file only."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from . import __version__


class UsdtApp(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "pretix_usdt"
    verbose_name = "USDT (TRC20)"

    class PretixPluginMeta:
        name = "USDT (TRC20)"
        author = "USDT Gateway"
        version = __version__
        category = "PAYMENT"
        description = _("Takes payments in USDT on TRON, by a payment gateway of your own.")
        visible = True
        restricted = False
        compatibility = "pretix>=2026.8.0"
        settings_links = [
            ((_("Payment"), "USDT (TRC20)"), "control:event.settings.payment.provider", {"provider": "usdt"}),
        ]
        navigation_links = []

    def ready(self):
        from . import signals  # noqa: F401
