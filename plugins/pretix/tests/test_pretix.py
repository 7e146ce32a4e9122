"""The scenarios of a shop, in pretix, with the real gateway on a simulated chain."""

import json
import logging
import os
import urllib.request
from datetime import timedelta
from decimal import Decimal
from functools import partial
from unittest.mock import patch

import shop
from python_shop import Visitor, Webhooks, at_once as _at_once, create_tables, paid_event
from scenario import Gateway, Record, Scenarios


ROUNDS = int(os.environ.get("ROUNDS", "5"))
AT_ONCE = 6

shop.configure()

import django  # noqa: E402

django.setup()
logging.disable(logging.CRITICAL)

from django.core import mail  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.utils.timezone import now  # noqa: E402
from django_scopes import scopes_disabled  # noqa: E402
from pretix import __version__ as PRETIX  # noqa: E402
from pretix.base.models import Event, Order, OrderPayment, Organizer, Team, User  # noqa: E402
from pretix.base.forms import SECRET_REDACTED  # noqa: E402
from pretix.base.payment import PaymentException  # noqa: E402
from pretix.base.signals import periodic_task  # noqa: E402
from pretix.base.services.orders import cancel_order  # noqa: E402
from pretix.helpers.monkeypatching import monkeypatch_urllib3_ssrf_protection  # noqa: E402
from pretix_usdt import checks, gateway as plugin_gateway, paying, shop as plugin_shop  # noqa: E402
from pretix_usdt.models import UsdtPayment, UsdtShop  # noqa: E402
from pretix_usdt.transport import GuardedTransport  # noqa: E402

DATABASE = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
RECORD = Record(name="pretix", version=PRETIX, on=DATABASE, file="pretix")

gateway = None
webhooks = None
organizer = None
WEBHOOK = shop.URL + "/_usdt/webhook/"


def setUpModule():
    global gateway, organizer, webhooks
    # pretix's own migrations take minutes.
    create_tables("pretix_usdt")
    shop.serve()
    gateway = Gateway()
    gateway.shop(WEBHOOK)
    webhooks = Webhooks(WEBHOOK, gateway.secret)
    organizer = Organizer.objects.create(name="Org", slug="org", plugins="pretix_usdt")
    user = User.objects.create_user("admin@shop.example", "password", fullname="Admin")
    team = Team.objects.create(
        organizer=organizer, all_events=True, all_event_permissions=True, all_organizer_permissions=True
    )
    team.members.add(user)


def tearDownModule():
    gateway.close()
    RECORD.write()


def public_status(payment_id):
    with urllib.request.urlopen(f"{gateway.url}/api/payment-status.php?payment_id={payment_id}") as answer:
        return json.load(answer)["payment"]


def at_once(*works):
    """Each in a thread, in which pretix lets it see all organisers."""

    def within(work):
        try:
            with scopes_disabled():
                return work()
        finally:
            connections.close_all()

    return _at_once(*[partial(within, work) for work in works])


def run_job():
    """Does what pretix's cron job asks of the plugin, now."""
    UsdtPayment.objects.update(check_at=now())
    [receiver] = [one for one in periodic_task._live_receivers(None)[0] if one.__module__ == "pretix_usdt.signals"]
    receiver(sender=None)


class Bought:
    """An order that waits for its payment."""

    def __init__(self, visitor, order, redirect):
        self.visitor, self.order, self.redirect = visitor, order, redirect

    @property
    def rows(self):
        return list(UsdtPayment.of_order(self.order))

    @property
    def row(self):
        return self.rows[-1]

    @property
    def payment(self):
        return self.order.payments.last()

    @property
    def path(self):
        return f"/{self.order.event.organizer.slug}/{self.order.event.slug}/order/{self.order.code}/{self.order.secret}/"

    def fresh(self):
        self.order = Order.objects.get(pk=self.order.pk)
        return self.order

    def return_path(self, row=None):
        event = self.order.event
        return f"/{event.organizer.slug}/{event.slug}/usdt/return/{(row or self.row).token}/"

    def times(self, action):
        return self.order.all_logentries().filter(action_type=action).count()

    def pay_again(self):
        page = self.visitor.ask(self.path + "pay/change")
        answer = self.visitor.ask(
            page.url, {"payment": "usdt", "csrfmiddlewaretoken": page.token}
        )
        if "/confirm" in answer.url:
            answer = self.visitor.send(answer.url, follow=False)
        self.fresh()
        return answer.location


class PretixTest(Scenarios):
    record = RECORD
    currency = "USD"

    def setUp(self):
        scopes = scopes_disabled()
        scopes.__enter__()
        self.addCleanup(scopes.__exit__, None, None, None)
        self.addCleanup(gateway.way, times=1)
        gateway.way(times=1)
        mail.outbox = []
        self.event = self.new_event()

    number = 0

    def new_event(self, currency=None, **settings):
        PretixTest.number += 1
        event = Event.objects.create(
            organizer=organizer,
            name="Conference",
            slug=f"event{PretixTest.number}",
            date_from=now() + timedelta(days=60),
            currency=currency or self.currency,
            plugins="pretix_usdt,pretix.plugins.manualpayment",
            live=True,
        )
        stored = {
            "_enabled": True,
            "gateway_url": gateway.url,
            "api_key": gateway.key,
            "api_secret": gateway.secret,
            **settings,
        }
        for name, value in stored.items():
            plugin_gateway.settings_of(event).set(name, value)
        event.settings.set("payment_manual__enabled", True)
        event.settings.set("payment_manual_public_name", "Other")
        event.settings.set("timezone", "UTC")
        return event

    def stock(self, event, size):
        item = event.items.create(name="Ticket", default_price=Decimal("6.20"))
        quota = event.quotas.create(name="All", size=size)
        quota.items.add(item)
        return item, quota

    def check_out(self, item):
        """Buys as a person does: cart, checkout, payment."""
        event = item.event
        visitor = Visitor(shop.URL)
        start = f"/{organizer.slug}/{event.slug}/"
        visitor.send(start, {f"item_{item.pk}": "1"}, to=start + "cart/add")
        page = visitor.ask(start + "checkout/start")
        while not page.url.endswith("/confirm/"):
            self.assertIn("/checkout/", page.url)
            fields = {"payment": "usdt"} if "/payment" in page.url else {"email": "buyer@shop.example"}
            page = visitor.send(page.url, fields)
        answer = visitor.send(page.url, {"confirm": "on"}, follow=False)
        while answer.location.startswith(("/", shop.URL)):
            answer = visitor.ask(answer.location, follow=False)
        return Bought(visitor, event.orders.get(), answer.location)

    def buy(self, item=None, size=None):
        """An order that was placed, and whose payer has gone on to the payment's page."""
        item = item or self.stock(self.event, size)[0]
        order = Order.objects.create(
            event=item.event,
            email="buyer@shop.example",
            status=Order.STATUS_PENDING,
            locale="en",
            datetime=now(),
            expires=now() + timedelta(days=10),
            total=item.default_price,
            sales_channel=organizer.sales_channels.get(identifier="web"),
        )
        order.positions.create(item=item, price=item.default_price, positionid=1)
        order.create_transactions(is_new=True)
        payment = order.payments.create(provider="usdt", state="created", amount=order.total)
        bought = Bought(Visitor(shop.URL), order, None)
        bought.redirect = bought.visitor.send(f"{bought.path}pay/{payment.pk}/confirm", follow=False).location
        return bought

    def assert_attention(self, bought, words):
        self.assertEqual(bought.row.state, "attention")
        self.assertIn(words, bought.row.reason)
        self.assertEqual(bought.times("pretix_usdt.order.attention"), 1)
        told = [one for one in mail.outbox if bought.order.code in one.subject and "attention" in one.subject]
        self.assertEqual([one.to for one in told], [["admin@shop.example"]])


class Paying(PretixTest):
    def test_1_an_order_is_paid(self):
        bought = self.check_out(self.stock(self.event, 3)[0])
        row = bought.row
        self.assertEqual(bought.order.status, Order.STATUS_PENDING)
        self.assertEqual(bought.payment.state, OrderPayment.PAYMENT_STATE_PENDING)
        self.assertEqual(bought.redirect, public_status(row.payment_id)["payment_url"])
        self.assertRegex(row.reference, rf"^[a-z2-7]{{8}}-{bought.order.pk}-1$")
        self.assertEqual(row.order_name, f"org/{self.event.slug}/{bought.order.code}")
        waiting = bought.visitor.ask(bought.return_path(), follow=False)
        self.assertIn('data-state="waiting"', waiting.text)
        self.assertEqual(waiting.headers["Refresh"], "5")
        told = gateway.pay(row.payment_id)
        self.assertEqual(told["statuses"], [200])
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
        self.assertEqual(bought.times("pretix.event.order.paid"), 1)
        self.assertEqual(bought.row.state, "booked")
        self.assertEqual(bought.payment.payment_provider.matching_id(bought.payment), told["txid"])
        back = bought.visitor.ask(bought.return_path(), follow=False)
        self.assertEqual(back.status, 302)
        self.assertIn(bought.order.secret, back.location)
        stranger = Visitor(shop.URL).ask(bought.return_path(), follow=False)
        self.assertEqual(stranger.status, 200)
        self.assertNotIn(bought.order.secret, stranger.text)
        self.assertIn("no-store", stranger.headers["Cache-Control"])

    def test_the_same_payment_again_has_the_same_payment_at_the_gateway(self):
        bought = self.buy()
        page = bought.visitor.ask(bought.path)
        self.assertIn(bought.redirect.replace("&", "&amp;"), page.text)
        rows = at_once(*[lambda: paying.start(bought.payment).pk] * 3)
        self.assertEqual(rows, [bought.row.pk] * 3)
        self.assertEqual(len(bought.rows), 1)

    def test_2_six_webhooks_at_once(self):
        item, quota = self.stock(self.event, 100)
        for _ in range(ROUNDS):
            bought = self.buy(item)
            gateway.way(times=AT_ONCE)
            statuses = gateway.pay(bought.row.payment_id)["statuses"]
            self.assertEqual(len(statuses), AT_ONCE)
            self.assertLessEqual(set(statuses), {200, 503})
            self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
            self.assertEqual(bought.times("pretix.event.order.paid"), 1)
            self.assertEqual(bought.times("pretix.event.order.payment.confirmed"), 1)
            self.assertEqual(bought.row.state, "booked")
            gateway.way(times=1)

    def test_3_webhook_and_return_at_once(self):
        item, quota = self.stock(self.event, 100)
        for _ in range(ROUNDS):
            bought = self.buy(item)
            gateway.way(isDown=True)
            raw = gateway.pay(bought.row.payment_id)["raw"].encode()
            gateway.way(times=1)
            path = bought.return_path()
            visits = [lambda: Visitor(shop.URL).ask(path).status] * 3
            answers = at_once(*visits, *[lambda: webhooks.post(raw)] * 3)
            self.assertLessEqual(set(answers), {200, 503})
            self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
            self.assertEqual(bought.times("pretix.event.order.paid"), 1)
            self.assertEqual(bought.row.state, "booked")

    def test_3_the_return_alone_books(self):
        bought = self.buy()
        gateway.way(isDown=True)
        gateway.pay(bought.row.payment_id)
        answer = bought.visitor.ask(bought.return_path(), follow=False)
        self.assertEqual(answer.status, 302)
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)

    def test_4_a_wrong_signature(self):
        bought = self.buy()
        body = json.dumps(paid_event(bought.row)).encode()
        good = webhooks.sign(body)
        for bad in ("", "0" * 64, good[1:], f"sha256={good}", "é".encode().decode("latin1") + good[1:]):
            self.assertEqual(webhooks.post(body, {"X-Signature": bad}), 401, bad)
        self.assertEqual(webhooks.post(body, {}), 401)
        self.assertEqual(webhooks.post(body + b" ", {"X-Signature": good}), 401)
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        self.assertEqual(webhooks.post(body, {"X-Signature": good.upper()}), 200)
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)

    def test_4_another_organisers_secret_signs_nothing(self):
        bought = self.buy()
        other = self.new_event(api_secret="sk_test_of_somebody_else")
        body = json.dumps(paid_event(bought.row)).encode()
        self.assertEqual(webhooks.post(body, {"X-Signature": webhooks.sign(body, "sk_test_of_somebody_else")}), 401)
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        self.assertEqual(UsdtPayment.objects.filter(event=other).count(), 0)

    def test_5_another_amount_order_currency_or_network(self):
        item, quota = self.stock(self.event, 100)
        for changes in (
            {"amount": "0.01"},
            {"order_id": "other-1-1"},
            {"currency": "USDC"},
            {"network": "ERC20"},
        ):
            bought = self.buy(item)
            self.assertEqual(webhooks.post(paid_event(bought.row, **changes)), 200)
            self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
            self.assert_attention(bought, f"differs from what the shop has asked for: {next(iter(changes))}")

    def test_5_less_than_was_due_waits_for_a_person_but_for_the_tolerance(self):
        bought = self.buy(size=9)
        self.assertEqual(webhooks.post(paid_event(bought.row, received_amount="6.10")), 200)
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        self.assert_attention(bought, "were accepted")
        plugin_gateway.settings_of(self.event).set("tolerance", Decimal("0.10"))
        tolerated = self.buy()
        self.assertEqual(webhooks.post(paid_event(tolerated.row, received_amount="6.10")), 200)
        self.assertEqual(tolerated.fresh().status, Order.STATUS_PAID)

    def test_6_money_for_an_order_of_somebody_else(self):
        row = UsdtPayment(payment_id=4711, reference="elsewhere-7-1", amount=Decimal("5.00"))
        statuses = at_once(*[lambda: webhooks.post(paid_event(row))] * AT_ONCE)
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertEqual(webhooks.post(paid_event(row)), 200)
        [unknown] = UsdtPayment.objects.filter(payment_id=4711)
        self.assertEqual((unknown.state, unknown.order), ("attention", None))
        self.assertEqual(len([one for one in mail.outbox if "attention" in one.subject]), 1)

    def test_7_the_same_webhook_days_later(self):
        bought = self.buy()
        raw = gateway.pay(bought.row.payment_id)["raw"].encode()
        self.assertEqual(webhooks.post(raw), 200)
        cancel_order(bought.order.pk, send_mail=False)
        self.assertEqual(webhooks.post(raw), 200)
        self.assertEqual(bought.fresh().status, Order.STATUS_CANCELED)
        self.assertEqual(bought.times("pretix.event.order.paid"), 1)
        self.assertEqual(bought.row.state, "booked")

    def test_11_an_order_that_was_paid_otherwise(self):
        bought = self.buy()
        other = bought.order.payments.create(
            provider="manual", state=OrderPayment.PAYMENT_STATE_CREATED, amount=bought.order.total
        )
        other.confirm()
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
        self.assertEqual(bought.times("pretix.event.order.paid"), 1)
        self.assertEqual(OrderPayment.objects.get(pk=bought.row.order_payment_id).state, "pending")
        self.assert_attention(bought, "paid before")

    def test_11_an_order_that_waits_for_another_method(self):
        bought = self.buy()
        bought.order.payments.create(
            provider="manual", state=OrderPayment.PAYMENT_STATE_CREATED, amount=bought.order.total
        )
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        self.assert_attention(bought, "another payment")

    def test_11_an_order_that_was_canceled(self):
        bought = self.buy()
        cancel_order(bought.order.pk, send_mail=False)
        self.assertEqual(public_status(bought.row.payment_id)["status"], "failed")
        self.assertEqual(webhooks.post(paid_event(bought.row)), 200)
        self.assertEqual(bought.fresh().status, Order.STATUS_CANCELED)
        self.assertEqual(bought.times("pretix.event.order.paid"), 0)
        self.assert_attention(bought, "canceled")

    def change_total(self, bought, total):
        position = bought.order.positions.first()
        position.price = total
        position.save()
        bought.order.total = total
        bought.order.save()

    def test_12_13_another_total_makes_another_payment(self):
        bought = self.buy()
        old = bought.row
        self.change_total(bought, Decimal("9.99"))
        location = bought.pay_again()
        new = bought.row
        self.assertEqual(len(bought.rows), 2)
        self.assertTrue(new.reference.endswith("-2"))
        self.assertEqual(location, new.payment_url)
        self.assertEqual(new.amount, Decimal("9.99"))
        # The old one was given up at the gateway; its money is told all the same.
        self.assertEqual(public_status(old.payment_id)["status"], "failed")
        self.assertEqual(webhooks.post(paid_event(old)), 200)
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        old.refresh_from_db()
        self.assertEqual(old.state, "attention")
        self.assertIn("earlier attempt", old.reason)
        gateway.pay(new.payment_id)
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
        self.assertEqual(bought.times("pretix.event.order.paid"), 1)

    def test_12_another_amount_of_the_same_payment_makes_another_attempt(self):
        bought = self.buy()
        payment = bought.payment
        payment.amount = Decimal("3.00")
        payment.save()
        row = paying.start(payment)
        self.assertTrue(row.reference.endswith("-2"))
        self.assertEqual(row.amount, Decimal("3.00"))

    def test_12_a_total_that_was_changed_after_the_payment_was_made(self):
        bought = self.buy()
        self.change_total(bought, Decimal("9.99"))
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        self.assert_attention(bought, "are due by now")

    def test_a_payment_whose_money_is_on_its_way_is_not_given_up(self):
        bought = self.buy()
        gateway.way(isDown=True)
        gateway.pay(bought.row.payment_id)
        with self.assertRaises(PaymentException):
            bought.payment.payment_provider.cancel_payment(bought.payment)
        self.assertEqual(bought.payment.state, "pending")

    def test_15_a_copy_of_the_shop_stops_by_itself(self):
        bought = self.buy()
        provider = bought.payment.payment_provider
        name = plugin_shop.shop_id()
        UsdtShop.objects.update(home="https://original.example")
        self.addCleanup(plugin_shop.keep)
        self.assertFalse(provider.is_usable)
        self.assertEqual(webhooks.post(paid_event(bought.row)), 503)
        gateway.way(isDown=True)
        gateway.pay(bought.row.payment_id)
        run_job()
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        call_command("usdt", "new")
        self.assertNotEqual(plugin_shop.shop_id(), name)
        self.assertTrue(provider.is_usable)
        self.assertEqual(bought.row.state, "closed")
        gateway.way(times=1)
        self.assertEqual(webhooks.post(paid_event(bought.row)), 200)
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        self.assert_attention(bought, "copy")

    def test_15_an_order_id_that_was_used_before_pays_nothing(self):
        first = self.buy()
        gateway.pay(first.row.payment_id)
        # As in a database that was set up anew: the same number comes again, with the same amount.
        reference = first.row.reference
        first.rows[0].delete()
        first.order.status = Order.STATUS_PENDING
        first.order.save()
        payment = first.order.payments.create(provider="usdt", state="created", amount=first.order.total)
        row = paying.start(payment)
        self.assertEqual(UsdtPayment.objects.get(reference=reference).state, "closed")
        self.assertTrue(row.reference.endswith("-2"))
        self.assertEqual(first.fresh().status, Order.STATUS_PENDING)

    def test_16_no_refund_is_offered(self):
        bought = self.buy()
        provider = bought.payment.payment_provider
        self.assertFalse(provider.payment_refund_supported(bought.payment))
        self.assertFalse(provider.payment_partial_refund_supported(bought.payment))

    def test_17_where_the_currency_can_be_paid(self):
        euro = self.new_event("EUR")
        item, quota = self.stock(euro, 9)
        provider = euro.get_payment_providers()["usdt"]
        self.assertFalse(provider.is_usable, "until the gateway has been asked")
        self.assertIn((True, "Orders in EUR can be paid."), checks.lines(euro, "connection"))
        bought = self.buy(item)
        self.assertEqual(bought.row.price_currency, "EUR")
        self.assertEqual(str(bought.row.amount), public_status(bought.row.payment_id)["amount"].ljust(8, "0"))
        self.assertNotEqual(bought.row.amount, bought.row.price_amount)
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
        yen = self.new_event("JPY")
        self.assertTrue(any("JPY cannot be paid" in line for _, line in checks.lines(yen, "connection")))
        self.assertFalse(yen.get_payment_providers()["usdt"].is_usable)

    def test_18_no_secret_at_the_gateway_or_in_the_settings(self):
        bought = self.buy()
        told = json.dumps(public_status(bought.row.payment_id))
        self.assertIn(bought.row.token, told)
        self.assertNotIn(bought.order.secret, told)
        self.assertNotIn("buyer@", told)
        admin = self.admin()
        page = admin.ask(f"/control/event/org/{self.event.slug}/settings/payment/usdt")
        self.assertIn(gateway.key, page.text)
        self.assertNotIn(gateway.secret, page.text)

    def test_19_a_crash_between_claim_and_completion(self):
        bought = self.buy()

        with patch("pretix.base.models.orders.Order.log_action", side_effect=MemoryError):
            self.assertEqual(gateway.pay(bought.row.payment_id)["statuses"], [500])
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        self.assertEqual((bought.row.state, bought.payment.state), ("waiting", "pending"))
        self.assertEqual(webhooks.post(gateway.told()[-1]["raw"].encode()), 200)
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
        self.assertEqual(bought.times("pretix.event.order.paid"), 1)

    def test_the_organiser_tests_connection_and_webhook(self):
        admin = self.admin()
        path = f"/control/event/org/{self.event.slug}/usdt/"
        client = plugin_gateway.client_of(self.event)
        before = client.project().webhook_url
        self.addCleanup(client.update_project, webhook_url=before)
        page = admin.send(path, to=path + "test/connection/")
        self.assertIn("The gateway knows your shop as", page.text)
        self.assertIn("Orders in USD can be paid.", page.text)
        page = admin.send(path, to=path + "test/webhook/")
        self.assertIn(f"Webhooks reach your shop at {WEBHOOK}.", page.text)
        project = client.project()
        self.assertEqual((project.webhook_url, project.further_retries), (WEBHOOK, True))
        self.assertIn("payment.expired", project.events)
        self.assertEqual(Visitor(shop.URL).ask(path, follow=False).status, 302)
        plugin_gateway.settings_of(self.event).set("api_secret", "sk_test_wrong")
        self.assertIn("Invalid signature", admin.send(path, to=path + "test/connection/").text)

    def test_the_settings_keep_their_secret_and_refuse_a_gateway_without_https(self):
        admin = self.admin()
        path = f"/control/event/org/{self.event.slug}/settings/payment/usdt"
        fields = {
            "payment_usdt__enabled": "on",
            "payment_usdt_gateway_url": gateway.url,
            "payment_usdt_api_key": gateway.key,
            "payment_usdt_api_secret": SECRET_REDACTED,
            "payment_usdt_tolerance": "0.5",
            "payment_usdt__restrict_to_sales_channels": "web",
        }
        admin.send(path, fields)
        stored = plugin_gateway.settings_of(Event.objects.get(pk=self.event.pk))
        self.assertEqual((stored.get("tolerance"), stored.get("api_secret")), ("0.5", gateway.secret))
        live = {"payment_usdt_gateway_url": "http://pay.example.com", "payment_usdt_api_key": "pk_live_1"}
        page = admin.send(path, {**fields, **live})
        self.assertIn("gateway must be https", page.text)
        stored = plugin_gateway.settings_of(Event.objects.get(pk=self.event.pk))
        self.assertEqual(stored.get("api_key"), gateway.key)

    def test_the_connection_test_says_that_pretix_calls_no_private_network(self):
        fresh = patch.object(plugin_gateway, "_transport", GuardedTransport())
        with override_settings(ALLOW_HTTP_TO_PRIVATE_NETWORKS=False), fresh:
            monkeypatch_urllib3_ssrf_protection()
            [(is_good, line)] = checks.lines(self.event, "connection")
        self.assertFalse(is_good)
        self.assertIn("allow_http_to_private_networks", line)
        self.assertIn("127.0.0.1 blocked", line)

    def test_a_person_decides_and_checks(self):
        short = self.buy(size=9)
        webhooks.post(paid_event(short.row, received_amount="6.10"))
        waiting = self.buy()
        gateway.way(isDown=True)
        gateway.pay(waiting.row.payment_id)
        admin = self.admin()
        path = f"/control/event/org/{self.event.slug}/usdt/"
        order_page = admin.ask(f"/control/event/org/{self.event.slug}/orders/{short.order.code}/")
        self.assertIn("6.10", order_page.text)
        self.assertIn("f" * 64, order_page.text)
        self.assertIn(f'data-payment="{short.row.payment_id}"', admin.ask(path).text)
        admin.send(path, to=f"{path}settle/{short.row.pk}/")
        self.assertEqual(short.row.state, "settled")
        admin.send(path, to=f"{path}check/{waiting.row.pk}/")
        self.assertEqual(waiting.fresh().status, Order.STATUS_PAID)

    def test_shredding_keeps_no_transaction(self):
        bought = self.buy()
        gateway.pay(bought.row.payment_id)
        payment = bought.payment
        payment.payment_provider.shred_payment_info(payment)
        self.assertEqual(bought.payment.info_data, {"payment_id": bought.row.payment_id})
        self.assertIsNone(bought.row.txid)

    def test_the_models_have_their_migration(self):
        call_command("makemigrations", "pretix_usdt", check_changes=True, dry_run=True, verbosity=0)

    def admin(self):
        visitor = Visitor(shop.URL)
        visitor.send("/control/login", {"email": "admin@shop.example", "password": "password"})
        return visitor




class Later(PretixTest):
    """In these the time of the chain passes, and ends whatever waits."""

    def test_8_an_order_whose_time_is_over_ends(self):
        item, quota = self.stock(self.event, 1)
        plugin_gateway.settings_of(self.event).set("end_orders", True)
        bought = self.buy(item)
        self.assertEqual(quota.availability()[1], 0)
        gateway.expire(bought.row.payment_id)
        run_job()
        self.assertEqual(bought.fresh().status, Order.STATUS_EXPIRED)
        self.assertEqual((bought.row.state, bought.payment.state), ("expired", "failed"))
        self.assertEqual(quota.availability()[1], 1)

    def test_8_an_order_waits_on_where_the_organiser_wants_that(self):
        bought = self.buy()
        gateway.expire(bought.row.payment_id)
        run_job()
        self.assertEqual(bought.fresh().status, Order.STATUS_PENDING)
        self.assertEqual(bought.payment.state, "failed")
        self.assertIn('data-state="expired"', bought.visitor.ask(bought.return_path()).text)
        location = bought.pay_again()
        self.assertEqual(len(bought.rows), 2)
        self.assertEqual(location, bought.row.payment_url)
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)

    def expired(self, item):
        plugin_gateway.settings_of(self.event).set("end_orders", True)
        bought = self.buy(item)
        gateway.expire(bought.row.payment_id)
        run_job()
        self.assertEqual(bought.fresh().status, Order.STATUS_EXPIRED)
        return bought

    def test_9_late_money_for_tickets_that_are_there(self):
        item, quota = self.stock(self.event, 1)
        bought = self.expired(item)
        told = gateway.pay(bought.row.payment_id)
        self.assertTrue(told["late"])
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
        self.assertEqual(bought.row.state, "booked")
        self.assertEqual(quota.availability()[1], 0)

    def test_10_late_money_for_tickets_that_are_gone(self):
        item, quota = self.stock(self.event, 1)
        bought = self.expired(item)
        other = self.buy(item)
        gateway.pay(other.row.payment_id)
        self.assertEqual(other.fresh().status, Order.STATUS_PAID)
        self.assertEqual(gateway.pay(bought.row.payment_id)["statuses"], [200])
        self.assertEqual(bought.fresh().status, Order.STATUS_EXPIRED)
        self.assertEqual(bought.payment.state, "confirmed")
        self.assertEqual(bought.times("pretix.event.order.paid"), 0)
        self.assert_attention(bought, "cannot be paid any more")

    def test_10_money_for_an_order_that_is_gone(self):
        bought = self.buy()
        payment_id = bought.row.payment_id
        UsdtPayment.objects.filter(payment_id=payment_id).update(order=None, order_payment=None, state="closed")
        self.assertEqual(gateway.pay(payment_id)["statuses"], [200])
        row = UsdtPayment.objects.get(payment_id=payment_id)
        self.assertEqual((row.state, row.reason), ("attention", "the order is not there any more"))
        self.assertIn(bought.order.code, row.order_name)

    def test_14_what_was_paid_while_the_shop_was_down(self):
        first = self.buy(size=9)
        gateway.way(isDown=True)
        gateway.pay(first.row.payment_id)
        self.assertEqual(first.fresh().status, Order.STATUS_PENDING)
        at_once(*[run_job] * 3)
        run_job()
        self.assertEqual(first.fresh().status, Order.STATUS_PAID)
        self.assertEqual(first.times("pretix.event.order.paid"), 1)

    def test_14_a_payment_whose_creation_was_never_answered(self):
        bought = self.buy()
        payment_id = bought.row.payment_id
        gateway.way(isDown=True)
        raw = gateway.pay(payment_id)["raw"].encode()
        UsdtPayment.objects.filter(pk=bought.row.pk).update(payment_id=None, amount=None, payment_url=None)
        self.assertEqual(webhooks.post(raw), 200)
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
        self.assertEqual(bought.row.payment_id, payment_id)


class Removing(PretixTest):
    def test_20_only_the_notes_of_orders_stay(self):
        bought = self.buy()
        gateway.pay(bought.row.payment_id)
        call_command("usdt", "remove")
        self.assertEqual([one for one in connection.introspection.table_names() if "usdt" in one], [])
        event = Event.objects.get(pk=self.event.pk)
        self.assertNotIn("pretix_usdt", event.plugins)
        self.assertFalse(plugin_gateway.is_complete(event))
        self.assertEqual(bought.fresh().status, Order.STATUS_PAID)
        self.assertEqual(bought.times("pretix.event.order.payment.confirmed"), 1)
