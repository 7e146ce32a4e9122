"""The payment method."""

import logging
from collections import OrderedDict

from django import forms
from django.template.loader import get_template
from django.utils.translation import gettext_lazy as _
from pretix.base.forms import SecretKeySettingsField
from pretix.base.models import OrderPayment
from pretix.base.payment import BasePaymentProvider, PaymentException
from usdt_client import ApiError, Client, InvalidArgument, UsdtError

from . import gateway, paying, shop
from .models import UsdtPayment

logger = logging.getLogger(__name__)

#: What the payer's session knows of.
SESSION = "pretix_usdt_tokens"
_MOST_TOKENS = 20


class UsdtProvider(BasePaymentProvider):
    identifier = gateway.IDENTIFIER
    verbose_name = "USDT (TRC20)"
    public_name = _("USDT (TRC20 on TRON)")
    abort_pending_allowed = True

    @property
    def test_mode_message(self):
        if (self.settings.get("api_key") or "").startswith("pk_test_"):
            return _("This event uses a test key: pay with play money only.")
        # pretix says itself that its test mode does not hold for this method.
        return None

    @property
    def settings_form_fields(self):
        own = [
            (
                "gateway_url",
                forms.URLField(
                    label=_("Gateway"), help_text=_("Such as https://pay.example.com"), assume_scheme="https"
                ),
            ),
            ("api_key", forms.CharField(label=_("API key"), help_text=_("Begins with pk_test_ or pk_live_."))),
            ("api_secret", SecretKeySettingsField(label=_("API secret"), help_text=_("It is never shown again."))),
            (
                "tolerance",
                forms.DecimalField(
                    label=_("Tolerance in USDT"),
                    help_text=_("Where somebody has accepted less than was due, so much may be missing."),
                    required=False,
                    min_value=0,
                    decimal_places=6,
                ),
            ),
            (
                "end_orders",
                forms.BooleanField(
                    label=_("Orders end with their payment"),
                    help_text=_(
                        "An order whose payment was not paid in time expires at once, and its tickets are free again."
                        " Otherwise it waits for another payment until its own deadline."
                    ),
                    required=False,
                ),
            ),
        ]
        return OrderedDict(own + list(super().settings_form_fields.items()))

    def settings_form_clean(self, cleaned_data):
        values = {name: cleaned_data.get(gateway.PREFIX + name) for name in ("gateway_url", "api_key")}
        if all(values.values()):
            try:
                Client(values["gateway_url"].rstrip("/"), values["api_key"], "unused")
            except InvalidArgument as error:
                raise forms.ValidationError(str(error)) from None
        return cleaned_data

    def settings_content_render(self, request):
        return get_template("pretix_usdt/settings.html").render({"event": self.event, "request": request})

    @property
    def is_usable(self):
        return gateway.is_complete(self.event) and gateway.is_payable(self.event) and not shop.is_moved()

    def is_allowed(self, request, total=None):
        return self.is_usable and super().is_allowed(request, total)

    def order_change_allowed(self, order, request=None):
        return self.is_usable and super().order_change_allowed(order, request)

    def payment_form_render(self, request, total=None, order=None):
        return self._text()

    def checkout_confirm_render(self, request, order=None, info_data=None):
        return self._text()

    def payment_is_valid_session(self, request):
        return True

    def checkout_prepare(self, request, cart):
        return True

    def payment_prepare(self, request, payment):
        return True

    def execute_payment(self, request, payment):
        try:
            row = paying.start(payment)
        except paying.NoFreeReference as error:
            logger.error("%s", error)
            raise PaymentException(_("This order cannot be paid with USDT. Please choose another method.")) from None
        except UsdtError as error:
            logger.warning("payment of %s: %s", payment.full_id, error)
            raise PaymentException(_("USDT cannot be paid at the moment. Please try again soon.")) from None
        remember(request, row)
        if payment.state == OrderPayment.PAYMENT_STATE_CREATED:
            payment.info_data = {"payment_id": row.payment_id, "amount": str(row.amount)}
            payment.state = OrderPayment.PAYMENT_STATE_PENDING
            payment.save(update_fields=["state", "info"])
        return row.payment_url

    def cancel_payment(self, payment):
        row = _row_of(payment)
        if row is not None and row.state == UsdtPayment.State.WAITING and row.payment_id:
            try:
                gateway.client_of(self.event).cancel_payment(row.payment_id, by="pretix", note="another method")
            except ApiError as error:
                if error.code in ("payment_paid", "payment_underway"):
                    raise PaymentException(
                        _("A transfer for this payment is on its way, so it cannot be canceled.")
                    ) from None
                logger.warning("payment %s is not given up: %s", row.payment_id, error)
            except UsdtError as error:
                # It stays open at the gateway, and its money is written down if it comes.
                logger.warning("payment %s is not given up: %s", row.payment_id, error)
        super().cancel_payment(payment)

    def payment_pending_render(self, request, payment):
        row = _row_of(payment)
        if row is not None:
            remember(request, row)
        return get_template("pretix_usdt/pending.html").render({"row": row})

    def payment_control_render(self, request, payment):
        rows = UsdtPayment.objects.filter(order_payment=payment).order_by("attempt")
        return get_template("pretix_usdt/control.html").render({"rows": rows, "request": request})

    def payment_control_render_short(self, payment):
        return str(payment.info_data.get("payment_id") or self.public_name)

    def matching_id(self, payment):
        return payment.info_data.get("txid")

    def api_payment_details(self, payment):
        return {name: payment.info_data.get(name) for name in ("payment_id", "txid")}

    def shred_payment_info(self, obj):
        # The numbers at the gateway are no personal data; the transaction leads to the payer's account.
        obj.info_data = {name: obj.info_data[name] for name in ("payment_id",) if name in obj.info_data}
        obj.save(update_fields=["info"])
        if isinstance(obj, OrderPayment):
            UsdtPayment.objects.filter(order_payment=obj).update(txid=None)

    def _text(self):
        return get_template("pretix_usdt/text.html").render({"event": self.event})


def remember(request, row):
    """The payer's session knows the attempt from now on."""
    tokens = [token for token in request.session.get(SESSION, []) if token != row.token]
    request.session[SESSION] = [*tokens, row.token][-_MOST_TOKENS:]


def _row_of(payment):
    return UsdtPayment.objects.filter(order_payment=payment).order_by("attempt").last()
