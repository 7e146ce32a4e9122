"""Carries requests to the gateway by urllib3, since pretix guards that against addresses of its own network."""

from urllib.parse import urlsplit

import urllib3
from usdt_client import ConnectionError, Response
from usdt_client.transport import MAX_BYTES


class GuardedTransport:
    """The organiser of an event names the gateway, so its address may be meant to reach what only pretix can."""

    def __init__(self):
        self._pool = urllib3.PoolManager(retries=False)

    def send(self, request):
        timeout = urllib3.Timeout(connect=request.connect_timeout, read=request.timeout, total=request.timeout)
        try:
            answer = self._pool.request(
                request.method,
                request.url,
                body=request.body,
                headers=dict(request.headers),
                timeout=timeout,
                redirect=False,
                preload_content=False,
            )
            try:
                body = answer.read(MAX_BYTES + 1)
            finally:
                answer.close()
            return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)
        except (OSError, urllib3.exceptions.HTTPError) as error:
            reason = _explain(error)
        # Raised here: the frames of the error's cause hold the signature.
        raise ConnectionError(f"no whole answer from {urlsplit(request.url).netloc}: {reason}")


def _explain(error):
    if str(error).endswith("blocked"):
        return (
            f"{error} by pretix, which calls no private network. If the gateway is in yours, set"
            " allow_http_to_private_networks=on in the section [pretix] of pretix.cfg"
        )
    return f"{type(error).__name__}: {error}"
