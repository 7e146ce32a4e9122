"""`manage.py usdt …`: reconciliation, tests of the settings, and what has become of this installation."""

from urllib.parse import urljoin

from django.core.management import BaseCommand, CommandError
from django.urls import reverse
from payments.core import get_base_url, provider_factory
from usdt_client import UsdtError

from payments_usdt import paying, reconciliation, shop

#: Seconds by which clocks may differ: a webhook's time is believed within five minutes.
_MOST_CLOCK_DIFFERENCE = 240


class Command(BaseCommand):
    help = "Asks for open payments, tests the settings of a variant, or tells what has become of this shop."

    def add_arguments(self, parser):
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("reconcile", help="asks the gateway for each open payment: run it every five minutes")
        for name, text in (
            ("test", "tests the connection"),
            ("webhook", "tells the gateway where webhooks go, and lets it try"),
        ):
            what.add_parser(name, help=text).add_argument("variant")
        what.add_parser("keep", help="the shop has moved to this address")
        what.add_parser("new", help="this is a copy of a shop, and gets payments of its own")

    def handle(self, *args, what, variant=None, **options):
        works = {"reconcile": reconciliation.run, "keep": shop.keep, "new": shop.renew}
        if what in works:
            works[what]()
            return
        try:
            self._test(variant) if what == "test" else self._webhook(variant)
        except UsdtError as error:
            raise CommandError(str(error)) from None

    def _test(self, variant):
        provider = provider_factory(variant)
        client = provider.client()
        ping = client.ping()
        if not ping.ok:
            raise ping.error
        self.stdout.write(f'The gateway knows the shop as "{ping.project.name}" ({ping.mode}).')
        if shop.is_moved():
            self.stderr.write('The shop has another address than before: run "usdt keep" or "usdt new".')
        if abs(ping.clock_difference) > _MOST_CLOCK_DIFFERENCE:
            self.stderr.write(f"The clocks differ by {ping.clock_difference} seconds: webhooks will be refused.")
        for currency in provider.currencies:
            if "amount" in paying.price("1", currency) or currency in ping.project.price_currencies:
                self.stdout.write(f"{currency} can be paid.")
            else:
                self.stderr.write(f"{currency} cannot be paid: take it out of the variant's currencies.")
        for missing in ping.missing:
            self.stderr.write(missing.message)

    def _webhook(self, variant):
        client = provider_factory(variant).client()
        url = urljoin(get_base_url(), reverse("static_process_payment", kwargs={"variant": variant}))
        client.update_project(
            webhook_url=url,
            events=sorted({*client.project().events, "payment.expired"}),
            further_retries=True,
            by="shop",
            note="manage.py usdt webhook",
        )
        test = client.send_test_webhook()
        if not test.delivered:
            raise CommandError(f"The gateway did not reach {url}: {test.error or test.http_status} {test.excerpt or ''}")
        self.stdout.write(f"Webhooks reach the shop at {url}.")
