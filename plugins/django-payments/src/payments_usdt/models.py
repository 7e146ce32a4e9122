"""Which shop this is at the gateway, and its payments there: one row for each attempt to pay a `Payment`."""

import secrets
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.timezone import now


def new_token():
    return secrets.token_hex(16)


def new_name():
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(8))


class UsdtShop(models.Model):
    """One row. All order IDs of this installation begin with its name."""

    name = models.CharField(max_length=8, default=new_name)
    #: The address of the shop where the name was drawn.
    home = models.CharField(max_length=500)


class UsdtPayment(models.Model):
    class State(models.TextChoices):
        #: The payer may still pay.
        WAITING = "waiting"
        #: Its time is over. Money may still come.
        EXPIRED = "expired"
        #: The payment is confirmed by it.
        BOOKED = "booked"
        #: Money has come, and a person has to look.
        ATTENTION = "attention"
        #: A person has looked.
        SETTLED = "settled"
        #: Nothing comes any more, or it is another shop's.
        CLOSED = "closed"

    #: The gateway is asked for these.
    OPEN = (State.WAITING, State.EXPIRED)
    #: Their money is booked, or written down for a person.
    TOLD = (State.BOOKED, State.ATTENTION, State.SETTLED)

    #: The order ID at the gateway: `<shop>-<payment>-<attempt>`.
    reference = models.CharField(max_length=128, unique=True)
    payment_id = models.BigIntegerField(unique=True, null=True)
    #: Names the attempt in addresses that the gateway shows to everybody.
    token = models.CharField(max_length=32, unique=True, default=new_token)
    variant = models.CharField(max_length=255)
    #: The token of the shop's `Payment`, whatever its model is.
    payment_token = models.CharField(max_length=36, db_index=True)
    attempt = models.PositiveIntegerField()
    price_amount = models.DecimalField(max_digits=13, decimal_places=2)
    price_currency = models.CharField(max_length=10)
    #: What was asked for, in USDT.
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    payment_url = models.URLField(max_length=500, null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    #: Why a person has to look.
    reason = models.TextField(default="", blank=True)
    txid = models.CharField(max_length=64, null=True)
    received_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True)
    #: When the gateway is to be asked next.
    check_at = models.DateTimeField(default=now)
    #: When the payer's return last asked.
    asked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "USDT payment"
        indexes = [models.Index(fields=["state", "check_at"], name="payments_usdt_due")]

    def __str__(self):
        return self.reference

    @property
    def is_open(self):
        return self.state in self.OPEN

    @classmethod
    def current(cls, payment):
        """The payment's latest attempt."""
        return cls.objects.filter(payment_token=payment.token).order_by("attempt").last()

    def keep(self, payment):
        """Keeps what the gateway has created. Whether it is new, or this very attempt's."""
        is_kept = UsdtPayment.objects.filter(
            Q(payment_id=None) | Q(payment_id=payment.payment_id), pk=self.pk
        ).update(
            payment_id=payment.payment_id,
            amount=payment.amount,
            payment_url=payment.payment_url,
            # By the shop's own clock.
            expires_at=now() + timedelta(seconds=payment.expires_in),
        )
        self.refresh_from_db()
        return bool(is_kept)

    def may_ask(self, seconds):
        """Whether the gateway may be asked now: of all who come within that many seconds, one."""
        since = Q(asked_at=None) | Q(asked_at__lte=now() - timedelta(seconds=seconds))
        return bool(UsdtPayment.objects.filter(since, pk=self.pk).update(asked_at=now()))
