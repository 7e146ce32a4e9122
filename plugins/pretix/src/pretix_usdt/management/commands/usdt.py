"""`python -m pretix usdt …`: what concerns the whole installation."""

from django.apps import apps
from django.core.management import BaseCommand
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django_scopes import scopes_disabled
from pretix.base.models import Event
from pretix.base.models.event import Event_SettingsStore

from pretix_usdt import gateway, shop
from pretix_usdt.models import UsdtPayment


class Command(BaseCommand):
    help = "Tells the USDT plugin what has become of this installation."

    def add_arguments(self, parser):
        parser.add_argument(
            "what",
            choices=("keep", "new", "remove"),
            help="keep: it has moved to this address. new: it is a copy, and gets payments of its own."
            " remove: deletes settings and tables, before the package is uninstalled.",
        )

    @scopes_disabled()
    def handle(self, *args, what, **options):
        if what == "keep":
            shop.keep()
        elif what == "new":
            shop.renew()
            UsdtPayment.objects.filter(state__in=UsdtPayment.OPEN).update(state=UsdtPayment.State.CLOSED)
        else:
            _remove()


def _remove():
    Event_SettingsStore.objects.filter(key__startswith=gateway.PREFIX).delete()
    for event in Event.objects.filter(plugins__contains="pretix_usdt"):
        event.disable_plugin("pretix_usdt")
        event.save()
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("pretix_usdt").get_models():
            editor.delete_model(model)
    MigrationRecorder(connection).migration_qs.filter(app="pretix_usdt").delete()
