"""The scenarios of a shop, in the oscar shop of the example, with the real gateway on a simulated chain."""

import atexit
import json
import logging
import os
import unittest
import urllib.request
from decimal import Decimal
from functools import partial
from io import StringIO
from unittest.mock import patch

import oscar_shop
from python_shop import Visitor, Webhooks, at_once as _at_once, create_tables, paid_event
from scenario import Gateway, Record, Scenarios

ROUNDS = int(os.environ.get("ROUNDS", "5"))
AT_ONCE = 6

gateway = Gateway()
atexit.register(gateway.close)
oscar_shop.configure(gateway)

import django  # noqa: E402

django.setup()
logging.disable(logging.CRITICAL)

import oscar  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core import mail  # noqa: E402
from django.core.management import CommandError, call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.utils.timezone import now  # noqa: E402
from oscar.core.loading import get_class, get_model  # noqa: E402
from oscar.core.prices import Price  # noqa: E402
from payments import PaymentError, PaymentStatus  # noqa: E402
from payments.core import provider_factory  # noqa: E402
from payments.models import BasePayment  # noqa: E402
from payments.version import version as DJANGO_PAYMENTS  # noqa: E402
from payments_usdt import paying, shop as plugin_shop  # noqa: E402
from payments_usdt.models import UsdtPayment, UsdtShop  # noqa: E402
from shop import orders  # noqa: E402

RECORD = Record(
    name="django-payments",
    version=DJANGO_PAYMENTS,
    on=f"django-oscar {oscar.get_version()}, SQLite",
    file="django-payments",
)
WEBHOOK = oscar_shop.URL + "/payments/process/usdt/"
webhooks = Webhooks(WEBHOOK, gateway.secret)
in_memory = override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")


def setUpModule():
    in_memory.enable()
    create_tables("payments_usdt", "shop")
    oscar_shop.serve()
    gateway.shop(WEBHOOK)
    get_model("address", "Country").objects.create(iso_3166_1_a2="DE", is_shipping_country=True)
    get_user_model().objects.create_superuser("admin", "admin@shop.example", "password")


def tearDownModule():
    in_memory.disable()
    RECORD.write()


def public_status(payment_id):
    with urllib.request.urlopen(f"{gateway.url}/api/payment-status.php?payment_id={payment_id}") as answer:
        return json.load(answer)["payment"]


def at_once(*works):
    def within(work):
        try:
            return work()
        finally:
            connections.close_all()

    return _at_once(*[partial(within, work) for work in works])


def run_job():
    UsdtPayment.objects.update(check_at=now())
    call_command("usdt", "reconcile")


class Bought:
    """An order that waits for its payment."""

    def __init__(self, visitor, order, go):
        self.visitor, self.order, self.go = visitor, order, go

    @property
    def payment(self):
        return self.order.usdt_payments.order_by("pk").last()

    @property
    def rows(self):
        tokens = self.order.usdt_payments.values_list("token", flat=True)
        return list(UsdtPayment.objects.filter(payment_token__in=list(tokens)).order_by("pk"))

    @property
    def row(self):
        return self.rows[-1]

    @property
    def status(self):
        self.order.refresh_from_db()
        return self.order.status

    @property
    def debits(self):
        return self.order.sources.get().transactions.filter(txn_type="Debit").count()

    @property
    def return_path(self):
        return f"/payments/usdt/return/{self.row.token}/"

    def pay_again(self):
        answer = self.visitor.send("/pay/again/", to="/pay/")
        return answer.location


class OscarTest(Scenarios):
    record = RECORD
    number = 0

    def setUp(self):
        self.addCleanup(gateway.way, times=1)
        gateway.way(times=1)
        mail.outbox = []

    def product(self, stock=100):
        OscarTest.number += 1
        kind, _ = get_model("catalogue", "ProductClass").objects.get_or_create(
            name="Downloads", requires_shipping=False, track_stock=True
        )
        category = get_model("catalogue", "Product")
        product = category.objects.create(
            structure="standalone", title=f"Thing {self.number}", product_class=kind, is_public=True
        )
        partner, _ = get_model("partner", "Partner").objects.get_or_create(name="We")
        product.stockrecords.create(
            partner=partner, partner_sku=f"sku{self.number}", price=Decimal("6.20"), price_currency="USD", num_in_stock=stock
        )
        return product

    def left(self, product):
        """In the shelves, and of those not promised to an order."""
        record = product.stockrecords.get()
        return record.num_in_stock, record.net_stock_level

    def buy(self, product=None):
        """As a person does: basket, checkout, payment."""
        product = product or self.product()
        visitor = Visitor(oscar_shop.URL)
        visitor.send(product.get_absolute_url(), {"quantity": "1"}, to=f"/basket/add/{product.pk}/")
        visitor.send("/checkout/", {"username": "buyer@shop.example", "options": "anonymous"})
        answer = visitor.send("/checkout/preview/", {"action": "place_order"})
        order = get_model("order", "Order").objects.get(lines__product=product, pk__gt=self.last_order())
        OscarTest.placed = order.pk
        return Bought(visitor, order, answer.location)

    placed = 0

    def last_order(self):
        return OscarTest.placed

    def assert_attention(self, bought, words):
        self.assertEqual(bought.row.state, "attention")
        self.assertIn(words, bought.row.reason)
        told = [one for one in mail.outbox if "attention" in one.subject and str(bought.row.payment_id) in one.body]
        self.assertEqual([one.to for one in told], [["manager@shop.example"]])


class Paying(OscarTest):
    def test_1_an_order_is_paid(self):
        product = self.product(3)
        bought = self.buy(product)
        row = bought.row
        self.assertEqual(bought.status, "awaiting payment")
        self.assertEqual(self.left(product), (3, 2))
        self.assertEqual(bought.go, public_status(row.payment_id)["payment_url"])
        self.assertRegex(row.reference, rf"^[a-z2-7]{{8}}-{bought.payment.pk}-1$")
        waiting = bought.visitor.ask(bought.return_path, follow=False)
        self.assertIn('data-state="waiting"', waiting.text)
        self.assertEqual(waiting.headers["Refresh"], "5")
        told = gateway.pay(row.payment_id)
        self.assertEqual(told["statuses"], [200])
        self.assertEqual(bought.status, "paid")
        self.assertEqual(bought.payment.status, PaymentStatus.CONFIRMED)
        self.assertEqual(bought.payment.transaction_id, told["txid"])
        self.assertEqual(bought.payment.captured_amount, Decimal("6.20"))
        self.assertEqual(self.left(product), (2, 2))
        self.assertEqual(bought.row.state, "booked")
        back = bought.visitor.ask(bought.return_path)
        self.assertTrue(back.url.endswith("/checkout/thank-you/"), back.url)
        self.assertIn(bought.order.number, back.text)
        stranger = Visitor(oscar_shop.URL).ask(bought.return_path, follow=False)
        self.assertEqual(stranger.status, 200)
        self.assertIn('data-state="paid"', stranger.text)
        self.assertIn("no-store", stranger.headers["Cache-Control"])

    def test_the_same_payment_again_has_the_same_payment_at_the_gateway(self):
        bought = self.buy()
        provider = provider_factory("usdt")
        rows = at_once(*[lambda: paying.start(provider, bought.payment).pk] * 3)
        self.assertEqual(rows, [bought.row.pk] * 3)
        self.assertEqual(bought.pay_again(), bought.go)
        self.assertEqual(len(bought.rows), 1)

    def test_2_six_webhooks_at_once(self):
        product = self.product(100)
        for round in range(1, ROUNDS + 1):
            bought = self.buy(product)
            gateway.way(times=AT_ONCE)
            statuses = gateway.pay(bought.row.payment_id)["statuses"]
            gateway.way(times=1)
            self.assertEqual(len(statuses), AT_ONCE)
            self.assertLessEqual(set(statuses), {200, 503})
            self.assertEqual((bought.status, bought.debits, bought.row.state), ("paid", 1, "booked"))
            self.assertEqual(self.left(product), (100 - round, 100 - round))

    def test_3_webhook_and_return_at_once(self):
        product = self.product(100)
        for round in range(1, ROUNDS + 1):
            bought = self.buy(product)
            gateway.way(isDown=True)
            raw = gateway.pay(bought.row.payment_id)["raw"].encode()
            gateway.way(times=1)
            visits = [lambda: Visitor(oscar_shop.URL).ask(bought.return_path).status] * 3
            answers = at_once(*visits, *[lambda: webhooks.post(raw)] * 3)
            self.assertLessEqual(set(answers), {200, 503})
            self.assertEqual((bought.status, bought.debits, bought.row.state), ("paid", 1, "booked"))
            self.assertEqual(self.left(product), (100 - round, 100 - round))

    def test_3_the_return_alone_books(self):
        bought = self.buy()
        gateway.way(isDown=True)
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.visitor.ask(bought.return_path, follow=False).location, "/checkout/thank-you/")
        self.assertEqual(bought.status, "paid")

    def test_4_a_wrong_signature(self):
        bought = self.buy()
        body = json.dumps(paid_event(bought.row)).encode()
        good = webhooks.sign(body)
        for bad in ("", "0" * 64, good[1:], f"sha256={good}", "é".encode().decode("latin1") + good[1:]):
            self.assertEqual(webhooks.post(body, {"X-Signature": bad}), 401, bad)
        self.assertEqual(webhooks.post(body, {}), 401)
        self.assertEqual(webhooks.post(body + b" ", {"X-Signature": good}), 401)
        self.assertEqual(bought.status, "awaiting payment")
        self.assertEqual(webhooks.post(body, {"X-Signature": good.upper()}), 200)
        self.assertEqual(bought.status, "paid")

    def test_5_another_amount_order_currency_or_network(self):
        for changes in ({"amount": "0.01"}, {"order_id": "other-1-1"}, {"currency": "USDC"}, {"network": "ERC20"}):
            bought = self.buy()
            self.assertEqual(webhooks.post(paid_event(bought.row, **changes)), 200)
            self.assertEqual(bought.status, "awaiting payment")
            self.assert_attention(bought, f"differs from what the shop has asked for: {next(iter(changes))}")

    def test_5_less_than_was_due_waits_for_a_person_but_for_the_tolerance(self):
        bought = self.buy()
        self.assertEqual(webhooks.post(paid_event(bought.row, received_amount="6.10")), 200)
        self.assertEqual(bought.status, "awaiting payment")
        self.assert_attention(bought, "were accepted")
        tolerated = self.buy()
        with patch.object(provider_factory("usdt"), "tolerance", Decimal("0.10")):
            self.assertEqual(webhooks.post(paid_event(tolerated.row, received_amount="6.10")), 200)
        self.assertEqual(tolerated.status, "paid")

    def test_6_money_for_an_order_of_somebody_else(self):
        row = UsdtPayment(payment_id=4711, reference="elsewhere-7-1", amount=Decimal("5.00"))
        statuses = at_once(*[lambda: webhooks.post(paid_event(row))] * AT_ONCE)
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertEqual(webhooks.post(paid_event(row)), 200)
        self.assertEqual(UsdtPayment.objects.get(payment_id=4711).state, "attention")
        self.assertEqual(len([one for one in mail.outbox if "attention" in one.subject]), 1)

    def test_7_the_same_webhook_days_later(self):
        bought = self.buy()
        raw = gateway.pay(bought.row.payment_id)["raw"].encode()
        self.assertEqual(webhooks.post(raw), 200)
        bought.order.refresh_from_db()
        bought.order.set_status("cancelled")
        bought.payment.change_status(PaymentStatus.REFUNDED)
        self.assertEqual(webhooks.post(raw), 200)
        self.assertEqual((bought.status, bought.debits, bought.row.state), ("cancelled", 1, "booked"))
        self.assertEqual(bought.payment.status, PaymentStatus.REFUNDED)

    def test_11_an_order_that_was_paid_otherwise(self):
        bought = self.buy()
        bought.order.set_status("paid")
        gateway.pay(bought.row.payment_id)
        self.assertEqual((bought.status, bought.debits), ("paid", 0))
        self.assertEqual(bought.payment.status, PaymentStatus.WAITING)
        self.assert_attention(bought, "the order is paid")

    def test_11_a_payment_that_was_settled_otherwise(self):
        bought = self.buy()
        bought.order.usdt_payments.update(status=PaymentStatus.REFUNDED)
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.payment.status, PaymentStatus.REFUNDED)
        self.assert_attention(bought, "its payment is refunded")

    def change_total(self, bought):
        bought.order.total_incl_tax = bought.order.total_excl_tax = Decimal("9.99")
        bought.order.save()

    def test_12_13_another_total_makes_another_payment(self):
        bought = self.buy()
        old = bought.row
        self.change_total(bought)
        location = bought.pay_again()
        self.assertEqual(len(bought.rows), 2)
        self.assertTrue(bought.row.reference.endswith("-2"))
        self.assertEqual((location, bought.row.amount), (bought.row.payment_url, Decimal("9.99")))
        self.assertEqual(gateway.pay(old.payment_id)["statuses"], [200])
        self.assertEqual(bought.status, "awaiting payment")
        old.refresh_from_db()
        self.assertEqual(old.state, "attention")
        self.assertIn("earlier attempt", old.reason)
        gateway.pay(bought.row.payment_id)
        self.assertEqual((bought.status, bought.debits), ("paid", 1))

    def test_12_a_total_that_was_changed_after_the_payment_was_made(self):
        bought = self.buy()
        self.change_total(bought)
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.status, "awaiting payment")
        self.assert_attention(bought, "the order costs 9.99")
        other = self.buy()
        other.order.usdt_payments.update(total=Decimal("9.99"))
        gateway.pay(other.row.payment_id)
        self.assert_attention(other, "are due by now")

    def test_15_a_copy_of_the_shop_stops_by_itself(self):
        bought = self.buy()
        name = plugin_shop.shop_id()
        UsdtShop.objects.update(home="https://original.example")
        self.addCleanup(plugin_shop.keep)
        self.assertFalse(provider_factory("usdt").takes("USD"))
        with self.assertRaises(PaymentError):
            bought.payment.get_form()
        self.assertEqual(webhooks.post(paid_event(bought.row)), 503)
        gateway.way(isDown=True)
        gateway.pay(bought.row.payment_id)
        run_job()
        self.assertEqual(bought.status, "awaiting payment")
        call_command("usdt", "new")
        self.assertNotEqual(plugin_shop.shop_id(), name)
        self.assertTrue(provider_factory("usdt").takes("USD"))
        self.assertEqual(bought.row.state, "closed")
        self.assertEqual(webhooks.post(paid_event(bought.row)), 200)
        self.assertEqual(bought.status, "awaiting payment")
        self.assert_attention(bought, "copy")

    def test_15_an_order_id_that_was_used_before_pays_nothing(self):
        bought = self.buy()
        gateway.pay(bought.row.payment_id)
        # As in a database that was set up anew: the same number comes again, with the same amount.
        reference = bought.row.reference
        bought.row.delete()
        bought.order.usdt_payments.update(status=PaymentStatus.WAITING)
        row = paying.start(provider_factory("usdt"), bought.payment)
        self.assertEqual(UsdtPayment.objects.get(reference=reference).state, "closed")
        self.assertTrue(row.reference.endswith("-2"))
        self.assertEqual(bought.payment.status, PaymentStatus.WAITING)

    def test_16_no_refund_is_offered(self):
        bought = self.buy()
        gateway.pay(bought.row.payment_id)
        with self.assertRaises(NotImplementedError):
            bought.payment.refund()

    def test_17_where_the_currency_can_be_paid(self):
        provider = provider_factory("usdt")
        self.assertTrue(provider.takes("USD"))
        self.assertFalse(provider.takes("JPY"))
        bought = self.buy()
        bought.order.usdt_payments.update(currency="JPY")
        with self.assertRaises(PaymentError):
            bought.payment.get_form()
        euro = self.buy()
        get_model("order", "Order").objects.filter(pk=euro.order.pk).update(currency="EUR")
        euro.pay_again()
        row = euro.row
        self.assertEqual((row.price_amount, row.price_currency), (Decimal("6.20"), "EUR"))
        self.assertEqual(row.amount, Decimal(public_status(row.payment_id)["amount"]))
        self.assertNotEqual(row.amount, row.price_amount)
        gateway.pay(row.payment_id)
        self.assertEqual(euro.status, "paid")

    def test_18_no_secret_at_the_gateway(self):
        bought = self.buy()
        told = json.dumps(public_status(bought.row.payment_id))
        self.assertIn(bought.row.token, told)
        self.assertNotIn(bought.payment.token, told)
        self.assertNotIn("buyer@", told)
        self.assertNotIn(gateway.secret, repr(provider_factory("usdt").client()))

    def test_19_a_crash_between_claim_and_completion(self):
        bought = self.buy()
        with patch.object(orders, "_pay", side_effect=MemoryError):
            self.assertEqual(gateway.pay(bought.row.payment_id)["statuses"], [500])
        self.assertEqual((bought.status, bought.debits), ("awaiting payment", 0))
        self.assertEqual((bought.row.state, bought.payment.status), ("waiting", PaymentStatus.WAITING))
        self.assertEqual(webhooks.post(gateway.told()[-1]["raw"].encode()), 200)
        self.assertEqual((bought.status, bought.debits), ("paid", 1))

    def test_a_canceled_payment_is_given_up_unless_its_money_is_on_its_way(self):
        bought = self.buy()
        bought.payment.cancel()
        self.assertEqual(public_status(bought.row.payment_id)["status"], "failed")
        self.assertEqual(bought.payment.status, PaymentStatus.CANCELLED)
        paid = self.buy()
        gateway.way(isDown=True)
        gateway.pay(paid.row.payment_id)
        with self.assertRaises(PaymentError):
            paid.payment.cancel()

    def test_connection_and_webhook_are_tested(self):
        client = provider_factory("usdt").client()
        self.addCleanup(client.update_project, webhook_url=client.project().webhook_url)
        out, errors = StringIO(), StringIO()
        call_command("usdt", "test", "usdt", stdout=out, stderr=errors)
        self.assertIn("The gateway knows the shop as", out.getvalue())
        self.assertIn("EUR can be paid.", out.getvalue())
        call_command("usdt", "webhook", "usdt", stdout=out)
        self.assertIn(f"Webhooks reach the shop at {WEBHOOK}.", out.getvalue())
        self.assertIn("payment.expired", client.project().events)
        provider = provider_factory("usdt")
        with patch.object(provider, "_connection", (gateway.url, gateway.key, "sk_test_wrong")):
            with self.assertRaisesRegex(CommandError, "Invalid signature"):
                call_command("usdt", "test", "usdt")

    def test_a_person_decides(self):
        bought = self.buy()
        webhooks.post(paid_event(bought.row, received_amount="6.10"))
        admin = Visitor(oscar_shop.URL)
        admin.send("/admin/login/", {"username": "admin", "password": "password"})
        path = "/admin/payments_usdt/usdtpayment/"
        self.assertIn("were accepted", admin.ask(path).text)
        admin.send(path, {"action": "settle", "_selected_action": str(bought.row.pk)})
        self.assertEqual(bought.row.state, "settled")

    def test_the_models_have_their_migrations(self):
        call_command("makemigrations", "payments_usdt", "shop", check_changes=True, dry_run=True, verbosity=0)


class Later(OscarTest):
    """In these the time of the chain passes, and ends whatever waits."""

    def expired(self, product):
        bought = self.buy(product)
        gateway.expire(bought.row.payment_id)
        run_job()
        self.assertEqual(bought.status, "expired")
        return bought

    def test_8_an_order_whose_time_is_over_ends(self):
        product = self.product(1)
        bought = self.expired(product)
        self.assertEqual(bought.payment.status, PaymentStatus.REJECTED)
        self.assertEqual(bought.row.state, "expired")
        self.assertEqual(self.left(product), (1, 1))
        back = bought.visitor.ask(bought.return_path)
        self.assertTrue(back.url.endswith("/pay/again/"), back.url)
        location = bought.pay_again()
        self.assertEqual(location, bought.row.payment_url)
        self.assertEqual((bought.status, self.left(product)), ("awaiting payment", (1, 0)))
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.status, "paid")

    def test_9_late_money_for_goods_that_are_there(self):
        product = self.product(1)
        bought = self.expired(product)
        self.assertTrue(gateway.pay(bought.row.payment_id)["late"])
        self.assertEqual((bought.status, bought.debits), ("paid", 1))
        self.assertEqual(self.left(product), (0, 0))

    def test_10_late_money_for_goods_that_are_gone(self):
        product = self.product(1)
        bought = self.expired(product)
        other = self.buy(product)
        gateway.pay(other.row.payment_id)
        self.assertEqual(other.status, "paid")
        self.assertEqual(gateway.pay(bought.row.payment_id)["statuses"], [200])
        self.assertEqual((bought.status, bought.debits), ("expired", 0))
        self.assertEqual(self.left(product), (0, 0))
        self.assert_attention(bought, "goods are sold")

    def test_10_late_money_waits_for_a_person_where_the_shop_says_nothing(self):
        bought = self.expired(self.product())
        with patch.object(provider_factory("usdt"), "_why_not", None):
            gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.status, "expired")
        self.assert_attention(bought, "after its time")

    def test_10_money_for_a_payment_that_is_gone(self):
        bought = self.buy()
        payment_id = bought.row.payment_id
        bought.order.usdt_payments.all().delete()
        self.assertEqual(gateway.pay(payment_id)["statuses"], [200])
        row = UsdtPayment.objects.get(payment_id=payment_id)
        self.assertEqual((row.state, row.reason), ("attention", "its payment is not there any more"))

    def test_14_what_was_paid_while_the_shop_was_down(self):
        bought = self.buy()
        gateway.way(isDown=True)
        gateway.pay(bought.row.payment_id)
        self.assertEqual(bought.status, "awaiting payment")
        at_once(*[run_job] * 3)
        run_job()
        self.assertEqual((bought.status, bought.debits), ("paid", 1))

    def test_14_a_payment_whose_creation_was_never_answered(self):
        bought = self.buy()
        payment_id = bought.row.payment_id
        gateway.way(isDown=True)
        raw = gateway.pay(payment_id)["raw"].encode()
        UsdtPayment.objects.filter(pk=bought.row.pk).update(payment_id=None, amount=None, payment_url=None)
        self.assertEqual(webhooks.post(raw), 200)
        self.assertEqual(bought.status, "paid")
        self.assertEqual(bought.row.payment_id, payment_id)


class Removing(OscarTest):
    def test_20_only_the_shops_payments_stay(self):
        bought = self.buy()
        gateway.pay(bought.row.payment_id)
        call_command("migrate", "payments_usdt", "zero", verbosity=0)
        self.assertEqual([one for one in connection.introspection.table_names() if "payments_usdt" in one], [])
        self.assertEqual(bought.status, "paid")
        self.assertEqual(bought.payment.status, PaymentStatus.CONFIRMED)
