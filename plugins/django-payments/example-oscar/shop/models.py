"""The payments of orders."""

from django.db import models
from django.urls import reverse
from payments.models import BasePayment


class Payment(BasePayment):
    order = models.ForeignKey("order.Order", on_delete=models.PROTECT, related_name="usdt_payments")

    def get_success_url(self):
        return reverse("checkout:thank-you")

    def get_failure_url(self):
        return reverse("pay_again")
