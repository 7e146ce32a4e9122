"""The application, for `INSTALLED_APPS`."""

from django.apps import AppConfig


class PaymentsUsdtConfig(AppConfig):
    name = "payments_usdt"
    verbose_name = "USDT payments"
    default_auto_field = "django.db.models.BigAutoField"
