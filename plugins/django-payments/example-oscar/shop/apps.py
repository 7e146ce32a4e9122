"""The shop's own application."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from payments.signals import status_changed

        from . import orders

        status_changed.connect(orders.follow, dispatch_uid="shop_orders")
