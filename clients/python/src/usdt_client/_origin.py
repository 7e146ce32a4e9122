"""Where the gateway is: an origin, over HTTPS unless nothing real can be lost."""

from __future__ import annotations

import re

from .errors import InvalidArgument

# `urlsplit` takes much for an origin that is none, so the form is all that counts.
_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?/?")
_LOOPBACK = re.compile(r"localhost|\[::1\]|127(\.[0-9]{1,3}){3}")
_TEST_KEY = "pk_test_"


def parse_origin(gateway: object, api_key: str) -> str:
    """The gateway's origin, without a slash at its end."""
    match = _ORIGIN.fullmatch(gateway) if isinstance(gateway, str) else None
    if match is None or int(match[3] or 1) not in range(1, 65536):
        raise InvalidArgument('gateway must be an origin such as "https://pay.example.com", without a path')
    scheme, host, port = match[1], match[2].lower(), match[3]
    if scheme == "http" and not _LOOPBACK.fullmatch(host) and not api_key.startswith(_TEST_KEY):
        raise InvalidArgument("gateway must be https: http is for this machine, or a test key")
    return f"{scheme}://{host}" + (f":{port}" if port else "")
