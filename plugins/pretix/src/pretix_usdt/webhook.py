"""Whose a webhook is, and whether that one's secret has signed it."""

import json

from pretix.base.models import Event
from pretix.base.models.event import Event_SettingsStore
from usdt_client import SignatureError, Webhook

from . import gateway
from .models import UsdtPayment


def verify(body, headers):
    """The event that came, the row of its payment or `None`, and the pretix event whose secret has signed it.

    An organiser has the secret of nobody else's events. So a payment that is known is believed to its own event's
    secret only.
    """
    row = _claimed_row(body)
    if row is not None:
        secret = gateway.secret_of(row.event)
        if not secret:
            raise SignatureError("the event has no secret", "unknown_secret")
        return Webhook(secret).verify(body, headers), row, row.event
    for secret, event_id in _secrets().items():
        try:
            told = Webhook(secret).verify(body, headers)
        except SignatureError as error:
            if error.reason != "wrong_signature":
                raise
            continue
        return told, None, Event.objects.select_related("organizer").get(pk=event_id)
    raise SignatureError("no event's secret has signed it", "wrong_signature")


def _claimed_row(body):
    """The row that the body speaks of. Nothing of the body is believed yet."""
    try:
        claimed = json.loads(body)
    except ValueError:
        return None
    if not isinstance(claimed, dict):
        return None
    rows = UsdtPayment.objects.select_related("event__organizer")
    payment_id, reference = claimed.get("payment_id"), claimed.get("order_id")
    if type(payment_id) is not int or not 0 < payment_id < 2**63:
        return None
    found = rows.filter(payment_id=payment_id).first()
    if found is None and isinstance(reference, str):
        # The answer to its creation was lost, or is just being stored.
        found = rows.filter(payment_id=None, reference=reference, state__in=UsdtPayment.OPEN).first()
    return found


def _secrets():
    stored = Event_SettingsStore.objects.filter(key=f"{gateway.PREFIX}api_secret").order_by("-pk")
    return {secret: event_id for secret, event_id in stored.values_list("value", "object_id") if secret}
