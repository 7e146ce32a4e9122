"""Carries a request to the gateway over HTTP, within its time, and follows no redirect."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Dict, Mapping, Optional, Protocol
from urllib.parse import urlsplit

from .errors import ConnectionError

#: Of an answer's body: 1 MiB.
MAX_BYTES = 1024 * 1024

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Request:
    """What is sent. The times are in seconds; `timeout` is for all of it, until the whole answer is there."""

    method: str
    url: str
    # They hold the signature.
    headers: Mapping[str, str] = field(repr=False)
    body: Optional[bytes] = field(repr=False)
    connect_timeout: float
    timeout: float


@dataclass(frozen=True)
class Response:
    """What came back. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Transport(Protocol):
    """A way to the gateway. It checks certificates, follows no redirect, and repeats nothing by itself.

    It raises this library's `ConnectionError` where no whole answer came. Of a body it may stop reading after
    `MAX_BYTES` and one more.
    """

    def send(self, request: Request) -> Response:
        """Sends one request and returns its answer, whatever its status."""


class HttpTransport:
    """The one of the standard library: a connection for each request."""

    def __init__(self) -> None:
        self._context: Optional[ssl.SSLContext] = None

    def send(self, request: Request) -> Response:
        deadline = time.monotonic() + request.timeout
        try:
            return self._exchange(request, deadline)
        except (OSError, http.client.HTTPException) as error:
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        except BaseException as error:
            # The frames below hold the signature, which a report with local variables would show.
            raise error.with_traceback(None)
        # Raised here for the same reason: the error has no cause whose frames could be shown.
        raise ConnectionError(f"no whole answer from {urlsplit(request.url).netloc}: {reason}")

    def _exchange(self, request: Request, deadline: float) -> Response:
        url = urlsplit(request.url)
        host = url.hostname or ""
        port = url.port or (443 if url.scheme == "https" else 80)
        with self._open(url.scheme, host, port, min(deadline, time.monotonic() + request.connect_timeout)) as sock:
            connection = self._connection(url.scheme, host, port)
            connection.sock = _TimedSocket(sock, deadline)
            target = url.path + (f"?{url.query}" if url.query else "")
            headers = {**request.headers, "Connection": "close"}
            connection.request(request.method, target, request.body, headers)
            return _read(connection.getresponse())

    def _open(self, scheme: str, host: str, port: int, deadline: float) -> socket.socket:
        sock = _connect(host, port, deadline)
        if scheme != "https":
            return sock
        try:
            sock.settimeout(_left(deadline))
            return self._tls().wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise

    def _connection(self, scheme: str, host: str, port: int) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(host, port, context=self._tls())
        return http.client.HTTPConnection(host, port)

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._context = context
        return self._context


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("it took too long")
    return left


def _connect(host: str, port: int, deadline: float) -> socket.socket:
    """Tries each address of the host, with an even share of the time that is left."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure = OSError(f"{host} has no address")
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = None
        try:
            timeout = _left(deadline) / (len(addresses) - number)
            sock = socket.socket(family, kind, protocol)
            sock.settimeout(timeout)
            sock.connect(address)
            return sock
        except OSError as error:
            if sock is not None:
                sock.close()
            failure = error
    raise failure


class _TimedSocket:
    """What `http.client` uses of a socket, each step of it before the deadline.

    A timeout of the socket alone begins anew with each byte.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))

    def close(self) -> None:
        """Whoever has opened the socket closes it, once the answer was read."""


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)


def _read(response: http.client.HTTPResponse) -> Response:
    body = bytearray()
    while len(body) <= MAX_BYTES:
        chunk = response.read(min(_CHUNK, MAX_BYTES + 1 - len(body)))
        if not chunk:
            # Not every version says by itself that bytes are missing.
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
            # Nor does any where they are missing in the head.
            if not body and response.length is None and not response.chunked:
                raise http.client.IncompleteRead(b"")
            break
        body += chunk
    headers: Dict[str, str] = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, headers, bytes(body))
