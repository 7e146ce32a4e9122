"""The tables."""

import django.utils.timezone
import payments_usdt.models
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="UsdtShop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(default=payments_usdt.models.new_name, max_length=8)),
                ("home", models.CharField(max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="UsdtPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=128, unique=True)),
                ("payment_id", models.BigIntegerField(null=True, unique=True)),
                ("token", models.CharField(default=payments_usdt.models.new_token, max_length=32, unique=True)),
                ("variant", models.CharField(max_length=255)),
                ("payment_token", models.CharField(db_index=True, max_length=36)),
                ("attempt", models.PositiveIntegerField()),
                ("price_amount", models.DecimalField(decimal_places=2, max_digits=13)),
                ("price_currency", models.CharField(max_length=10)),
                ("amount", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("payment_url", models.URLField(max_length=500, null=True)),
                ("state", models.CharField(choices=[("waiting", "Waiting"), ("expired", "Expired"), ("booked", "Booked"), ("attention", "Attention"), ("settled", "Settled"), ("closed", "Closed")], default="waiting", max_length=16)),
                ("reason", models.TextField(blank=True, default="")),
                ("txid", models.CharField(max_length=64, null=True)),
                ("received_amount", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(null=True)),
                ("check_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("asked_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "USDT payment",
                "indexes": [models.Index(fields=["state", "check_at"], name="payments_usdt_due")],
            },
        ),
    ]
