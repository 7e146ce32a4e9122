"""A real pretix on a database and a port of its own, with the plugin installed from its packages."""

import atexit
import os
import pathlib
import sys
import tempfile
from urllib.parse import urlsplit

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "testkit"))

from python_shop import Server, install  # noqa: E402

_folder = tempfile.TemporaryDirectory(prefix="pretix-usdt-")
atexit.register(_folder.cleanup)
FOLDER = pathlib.Path(_folder.name)

server = Server()
URL = server.url


def _database():
    """SQLite, or a database of its own where `TEST_POSTGRES` names a server."""
    server = os.environ.get("TEST_POSTGRES")
    if not server:
        return f"backend=sqlite3\nname={FOLDER}/pretix.sqlite"
    import psycopg2

    name, at = f"pretix_usdt_{os.getpid()}", urlsplit(server)

    def run(sql):
        connection = psycopg2.connect(server)
        connection.autocommit = True
        connection.cursor().execute(sql)
        connection.close()

    run(f"CREATE DATABASE {name}")
    atexit.register(run, f"DROP DATABASE {name} WITH (FORCE)")
    host = f"host={at.hostname}\nport={at.port or 5432}\nuser={at.username}\npassword={at.password or ''}"
    return f"backend=postgresql\nname={name}\n{host}"


def configure():
    install(FOLDER / "site", "clients/python", "plugins/pretix")
    (FOLDER / "pretix.cfg").write_text(
        f"""
[pretix]
url={URL}
datadir={FOLDER}/data
allow_http_to_private_networks=on
trust_x_forwarded_for=off
[database]
{_database()}
[django]
secret=of-these-tests-only
debug=off
"""
    )
    os.environ["PRETIX_CONFIG_FILE"] = str(FOLDER / "pretix.cfg")
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    sys.path.insert(0, str(HERE))


def serve():
    from django.core.wsgi import get_wsgi_application

    server.serve(get_wsgi_application())
