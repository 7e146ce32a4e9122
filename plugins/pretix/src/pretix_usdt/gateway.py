"""The gateway, as the settings of an event name it."""

from pretix.base.settings import SettingsSandbox
from usdt_client import Client

from . import __version__
from .transport import GuardedTransport

IDENTIFIER = "usdt"
PREFIX = f"payment_{IDENTIFIER}_"

#: Seconds for which an amount stays reserved behind its window, unless the gateway has said otherwise.
_QUARANTINE = 86400

_transport = GuardedTransport()


def settings_of(event):
    return SettingsSandbox("payment", IDENTIFIER, event)


def is_complete(event):
    stored = settings_of(event)
    return all(stored.get(name) for name in ("gateway_url", "api_key", "api_secret"))


def client_of(event, timeout=15.0):
    stored = settings_of(event)
    return Client(
        stored.get("gateway_url").rstrip("/"),
        stored.get("api_key"),
        stored.get("api_secret"),
        timeout=timeout,
        user_agent=f"pretix-usdt/{__version__}",
        transport=_transport,
    )


def secret_of(event):
    return settings_of(event).get("api_secret")


def quarantine_of(event):
    return settings_of(event).get("quarantine", as_type=int, default=_QUARANTINE)


def is_one_to_one(currency):
    return currency in ("USD", "USDT")


def is_payable(event):
    """Whether the event's currency can be paid: one to one, or because the gateway has said that it converts it."""
    return is_one_to_one(event.currency) or settings_of(event).get(f"converts_{event.currency}", as_type=bool)


def keep_conversion(event, converts):
    settings_of(event).set(f"converts_{event.currency}", converts)


def price(amount, currency):
    """What to send for an amount. No rate comes from anywhere but the gateway."""
    if is_one_to_one(currency):
        return {"amount": amount}
    return {"price_amount": amount, "price_currency": currency}
