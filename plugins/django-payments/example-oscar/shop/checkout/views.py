"""Places the order as one that awaits its payment, and leads on to that."""

from django.contrib import messages
from django.shortcuts import redirect
from oscar.apps.checkout import views as oscar
from oscar.core.loading import get_model
from payments.core import provider_factory

from shop.views import start

Source, SourceType = get_model("payment", "Source"), get_model("payment", "SourceType")


class PaymentDetailsView(oscar.PaymentDetailsView):
    def dispatch(self, request, *args, **kwargs):
        if not provider_factory("usdt").takes(request.basket.currency):
            messages.error(request, f"{request.basket.currency} cannot be paid at the moment.")
            return redirect("basket:summary")
        return super().dispatch(request, *args, **kwargs)

    def handle_payment(self, order_number, total, **kwargs):
        kind, _ = SourceType.objects.get_or_create(name="USDT")
        self.add_payment_source(
            Source(source_type=kind, currency=total.currency, amount_allocated=total.incl_tax, reference=order_number)
        )

    def handle_successful_order(self, order):
        super().handle_successful_order(order)
        return start(self.request)
