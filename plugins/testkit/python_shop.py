"""A shop in Python under test: its packages installed, its pages served and visited, its webhooks posted."""

import hashlib
import hmac
import http.cookiejar
import json
import pathlib
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def install(site, *folders):
    """Builds the packages of these folders of the repository, and installs them beside what is there."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "--no-compile", "--target", str(site), *(str(ROOT / one) for one in folders)], check=True)
    sys.path.insert(0, str(site))


class _NoMigrations:
    def __contains__(self, app):
        return True

    def __getitem__(self, app):
        return None


def create_tables(*own):
    """Of a Django project: what is `own` by its own migrations, and all else, at once, as its models say."""
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    settings.MIGRATION_MODULES = _NoMigrations()
    call_command("migrate", run_syncdb=True, verbosity=0)
    with connection.schema_editor() as editor:
        for app in own:
            for model in apps.get_app_config(app).get_models():
                editor.delete_model(model)
    settings.MIGRATION_MODULES = {}
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    known = MigrationLoader(None).disk_migrations
    applied = {*known, *(replaced for migration in known.values() for replaced in migration.replaces)}
    recorder.migration_qs.bulk_create(recorder.Migration(app=app, name=name) for app, name in applied if app not in own)
    for app in own:
        call_command("migrate", app, verbosity=0)


class Server(ThreadingMixIn, WSGIServer):
    """On a free port of this machine, with a thread for each request."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Quiet)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def serve(self, application):
        self.set_app(application)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format, *arguments):
        """What came is asked of the shop."""


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.url = response.geturl()
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def location(self):
        return self.headers.get("Location")

    @property
    def token(self):
        """The form's, against CSRF."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.text)
        assert found, f"no form in {self.url}: {self.text[:2000]}"
        return found[1]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Visitor:
    """Somebody with a browser: it keeps cookies, sends forms, and stays in the shop."""

    def __init__(self, home):
        self._home = home
        handlers = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), _NoRedirects
        self._opener = urllib.request.build_opener(*handlers)

    def ask(self, path, data=None, follow=True):
        url = urllib.parse.urljoin(self._home, path)
        body = None if data is None else urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(url, body, {"Referer": url})
        try:
            answer = Answer(self._opener.open(request, timeout=30))
        except urllib.error.HTTPError as error:
            answer = Answer(error)
        following = urllib.parse.urljoin(url, answer.location or "")
        if follow and answer.location and following.startswith(self._home):
            return self.ask(following)
        return answer

    def send(self, path, data=None, follow=True, to=None):
        """Sends the form of a page, with its token, to the page itself or another address."""
        page = self.ask(path)
        return self.ask(to or page.url, {**(data or {}), "csrfmiddlewaretoken": page.token}, follow)


class Webhooks:
    """Posts webhooks to a shop as the gateway does."""

    def __init__(self, url, secret):
        self.url, self._secret = url, secret

    def sign(self, body, secret=None):
        return hmac.new((secret or self._secret).encode(), body, hashlib.sha256).hexdigest()

    def post(self, body, headers=None):
        """Returns the status."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Signature": self.sign(body)} if headers is None else headers
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code


def paid_event(row, **changes):
    """What the gateway tells of a row's payment."""
    return {
        "payment_id": row.payment_id,
        "app_id": 1,
        "order_id": row.reference,
        "status": "paid",
        "amount": str(row.amount),
        "pay_amount": str(row.amount),
        "currency": "USDT",
        "network": "TRC20",
        "txid": "f" * 64,
        "paid_at": "2026-07-01 18:04:12",
        **changes,
    }


def at_once(*works):
    """Does all of it at once, and returns what each returned."""
    results = [None] * len(works)

    def run(place, work):
        results[place] = work()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
