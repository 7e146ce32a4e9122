"""The oscar shop of the example on a database and a port of its own, with the provider installed from its package."""

import atexit
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "testkit"), str(HERE.parent / "example-oscar")]

from python_shop import Server, install  # noqa: E402

_folder = tempfile.TemporaryDirectory(prefix="payments-usdt-")
atexit.register(_folder.cleanup)
FOLDER = pathlib.Path(_folder.name)

server = Server()
URL = server.url


def configure(gateway):
    install(FOLDER / "site", "clients/python", "plugins/django-payments")
    os.environ.update(
        DJANGO_SETTINGS_MODULE="shop.settings",
        SHOP_DATABASE=str(FOLDER / "shop.sqlite"),
        SHOP_HOST=URL.removeprefix("http://"),
        SHOP_MANAGER="manager@shop.example",
        GATEWAY=gateway.url,
        API_KEY=gateway.key,
        API_SECRET=gateway.secret,
    )


def serve():
    from django.core.wsgi import get_wsgi_application

    server.serve(get_wsgi_application())
