"""The provider, for `PAYMENT_VARIANTS`."""

import logging
from decimal import Decimal
from urllib.parse import urljoin

from django.db import OperationalError, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.module_loading import import_string
from payments import PaymentError, PaymentStatus, RedirectNeeded
from payments.core import BasicProvider, get_base_url
from usdt_client import ApiError, Client, PaymentExpired, PaymentPaid, SignatureError, UsdtError

from . import __version__, booking, paying, reconciliation, shop
from .models import UsdtPayment

logger = logging.getLogger(__name__)


class UsdtProvider(BasicProvider):
    """`why_not` names a function of the shop, which is asked before a payment is confirmed.

    It takes the payment and whether its money came late. It returns why a person has to decide, or `None`. Without
    it, late money waits for a person.
    """

    def __init__(self, gateway, api_key, api_secret, currencies=("USD", "USDT"), tolerance="0", why_not=None, **kwargs):
        super().__init__(**kwargs)
        self._connection = gateway, api_key, api_secret
        self.currencies = tuple(currencies)
        self.tolerance = Decimal(tolerance)
        self._why_not = why_not

    def client(self, timeout=15.0):
        user_agent = f"django-payments-usdt/{__version__}"
        return Client(*self._connection, timeout=timeout, user_agent=user_agent)

    def takes(self, currency):
        """Whether the payer should see this method."""
        return currency in self.currencies and not shop.is_moved()

    def why_not(self, payment, is_late):
        if self._why_not is not None:
            return import_string(self._why_not)(payment, is_late)
        return "it came after its time" if is_late else None

    def get_form(self, payment, data=None):
        if not self.takes(payment.currency):
            raise PaymentError(f"{payment.currency} cannot be paid in USDT")
        try:
            paying.start(self, payment)
        except UsdtError as error:
            logger.warning("payment %s: %s", payment.pk, error)
            raise PaymentError("USDT cannot be paid at the moment") from None
        # By way of the shop, which tells the payer's browser apart when it comes back.
        raise RedirectNeeded(urljoin(get_base_url(), reverse("usdt_go", kwargs={"token": payment.token})))

    def get_token_from_request(self, payment, request):
        """Of a webhook. What needs no payment of this shop ends here; the error's code is the answer's status."""
        try:
            told = self.client().verify_webhook(request.body, request.headers)
        except SignatureError as error:
            logger.warning("a webhook is refused: %s", error.reason)
            raise PaymentError(error.reason, code=401) from None
        if shop.is_moved():
            # Whether it is this shop's is for the merchant to say first.
            raise PaymentError("this shop has another address than the one it was set up for", code=503)
        row = None
        if isinstance(told, (PaymentPaid, PaymentExpired)):
            row = self._row_of(told, request.resolver_match.kwargs["variant"])
        if row is None:
            if isinstance(told, PaymentPaid):
                booking.unknown(request.resolver_match.kwargs["variant"], told)
            raise PaymentError("received", code=200)
        request.usdt = told, row
        if not booking.payment_of(row):
            booking.paid(self, row, told) if isinstance(told, PaymentPaid) else None
            raise PaymentError("received", code=200)
        return row.payment_token

    def process_data(self, payment, request):
        if not hasattr(request, "usdt"):
            return self._returned(payment)
        told, row = request.usdt
        try:
            if isinstance(told, PaymentPaid):
                booking.paid(self, row, told)
            else:
                # The gateway's word now, and not the event's, which may be old.
                reconciliation.check(row)
        except (OperationalError, UsdtError) as error:
            logger.warning("a webhook is not booked: %s", error)
            transaction.set_rollback(True)
            return HttpResponse("busy", status=503, content_type="text/plain")
        return HttpResponse("received", content_type="text/plain")

    def cancel(self, payment):
        row = UsdtPayment.current(payment)
        if row is None or row.payment_id is None or row.state != UsdtPayment.State.WAITING:
            return
        try:
            self.client().cancel_payment(row.payment_id, by="shop", note="canceled")
        except ApiError as error:
            if error.code in ("payment_paid", "payment_underway"):
                raise PaymentError("a transfer for this payment is on its way") from None
            logger.warning("payment %s is not given up: %s", row.payment_id, error)
        except UsdtError as error:
            # It stays open at the gateway, and its money is written down if it comes.
            logger.warning("payment %s is not given up: %s", row.payment_id, error)

    def _row_of(self, told, variant):
        rows = UsdtPayment.objects.filter(variant=variant)
        row = rows.filter(payment_id=told.payment_id).first()
        if row is None:
            # The answer to its creation was lost, or is just being stored.
            row = rows.filter(payment_id=None, reference=told.order_id, state__in=UsdtPayment.OPEN).first()
            if row is not None and not paying.recover(self, row):
                return None
        return row

    def _returned(self, payment):
        is_paid = payment.status == PaymentStatus.CONFIRMED
        return HttpResponseRedirect(payment.get_success_url() if is_paid else payment.get_failure_url())
