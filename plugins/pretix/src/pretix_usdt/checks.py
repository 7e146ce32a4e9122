"""Tries out the settings of an event."""

from django.conf import settings
from django.utils.translation import gettext as _
from pretix.helpers.urls import mainreverse_absolute
from usdt_client import UsdtError

from . import gateway, shop

#: Seconds by which clocks may differ: a webhook's time is believed within five minutes.
_MOST_CLOCK_DIFFERENCE = 240


def lines(event, what):
    """Whether it is good, and what to say: pairs."""
    if not gateway.is_complete(event):
        return [(False, _("Enter gateway, API key and API secret, and save them first."))]
    if shop.is_moved():
        return [(False, _("This shop has moved or is a copy: run “python -m pretix usdt keep” or “usdt new” first."))]
    try:
        return _webhook(event) if what == "webhook" else list(_connection(event))
    except UsdtError as error:
        return [(False, str(error))]


def webhook_url():
    return mainreverse_absolute("plugins:pretix_usdt:webhook")


def _connection(event):
    client = gateway.client_of(event)
    ping = client.ping()
    if not ping.ok:
        raise ping.error
    _keep(event, ping.project)
    yield True, _("The gateway knows your shop as “{name}” ({mode}).").format(name=ping.project.name, mode=ping.mode)
    if abs(ping.clock_difference) > _MOST_CLOCK_DIFFERENCE:
        yield (
            False,
            _("The clocks of shop and gateway differ by {seconds} seconds: webhooks will be refused.").format(
                seconds=ping.clock_difference
            ),
        )
    if gateway.is_payable(event):
        yield True, _("Orders in {currency} can be paid.").format(currency=event.currency)
    else:
        yield (
            False,
            _(
                "Orders in {currency} cannot be paid, so payers do not see this method: ask the gateway's operator to"
                " allow the currency."
            ).format(currency=event.currency),
        )
    if ping.mode == "test":
        yield False, _("It is a test key: no real money comes in.")
    elif not settings.SITE_URL.startswith("https:"):
        yield False, _("The shop has no HTTPS: the gateway takes no real payments for it.")
    for missing in ping.project.missing:
        if missing.code != "test_mode":
            yield False, missing.message


def _webhook(event):
    client = gateway.client_of(event)
    project = client.update_project(
        webhook_url=webhook_url(),
        events=sorted({*client.project().events, "payment.expired"}),
        further_retries=True,
        by="pretix",
        note="set in the settings of the event",
    )
    _keep(event, project)
    test = client.send_test_webhook()
    if test.delivered:
        return [(True, _("Webhooks reach your shop at {url}.").format(url=webhook_url()))]
    problem = test.error or str(test.http_status)
    found = [(False, _("The gateway did not reach {url}: {problem}").format(url=webhook_url(), problem=problem))]
    return found + ([(False, test.excerpt)] if test.excerpt else [])


def _keep(event, project):
    gateway.settings_of(event).set("quarantine", project.quarantine_seconds)
    gateway.keep_conversion(event, event.currency in project.price_currencies)
