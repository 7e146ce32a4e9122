"""The tables."""

import django.db.models.deletion
import django.utils.timezone
import pretix_usdt.models
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("pretixbase", "0311_fix_unshredded_invoices"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsdtShop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("name", models.CharField(default=pretix_usdt.models.new_name, max_length=8)),
                ("home", models.CharField(max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="UsdtPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("reference", models.CharField(max_length=128, unique=True)),
                ("payment_id", models.BigIntegerField(null=True, unique=True)),
                ("token", models.CharField(default=pretix_usdt.models.new_token, max_length=32, unique=True)),
                ("order_name", models.CharField(max_length=190)),
                ("attempt", models.PositiveIntegerField()),
                ("price_amount", models.DecimalField(decimal_places=2, max_digits=13)),
                ("price_currency", models.CharField(max_length=10)),
                ("amount", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("payment_url", models.URLField(max_length=500, null=True)),
                ("state", models.CharField(default="waiting", max_length=16)),
                ("reason", models.TextField(default="")),
                ("txid", models.CharField(max_length=64, null=True)),
                ("received_amount", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(null=True)),
                ("check_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("asked_at", models.DateTimeField(null=True)),
                ("event", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="pretixbase.event")),
                ("order", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="pretixbase.order")),
                ("order_payment", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="pretixbase.orderpayment")),
            ],
            options={
                "indexes": [models.Index(fields=["state", "check_at"], name="pretix_usdt_due")],
            },
        ),
    ]
