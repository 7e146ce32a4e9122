"""The standard library's HTTP, made strict: certificates, time, size, redirects."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Callable, List, Optional
from unittest import mock

from usdt_client import ConnectionError, HttpTransport, Request

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Request-Id: 7\r\n\r\n{}"


class Server:
    """Takes each connection, reads a request, and lets `serve` do the rest."""

    def __init__(self, serve: Callable[[socket.socket], None], context: Optional[ssl.SSLContext] = None) -> None:
        self._serve = serve
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.requests: List[bytes] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                came = b""
                while not came.endswith(b"\r\n\r\n{}"):
                    came += connection.recv(65536)
                self.requests.append(came)
                self._serve(connection)
        except OSError:
            connection.close()

    def close(self) -> None:
        self._socket.close()


def request_to(port: int, scheme: str = "http", host: str = "127.0.0.1", timeout: float = 10) -> Request:
    return Request("POST", f"{scheme}://{host}:{port}/path?a=b", {"X-Signature": "abc"}, b"{}", 5, timeout)


class Plain(unittest.TestCase):
    def serve(self, serve: Callable[[socket.socket], None]) -> Server:
        server = Server(serve)
        self.addCleanup(server.close)
        return server

    def test_what_goes_out_and_comes_back(self) -> None:
        server = self.serve(lambda connection: connection.sendall(ANSWER))
        response = HttpTransport().send(request_to(server.port))
        self.assertEqual((response.status, response.body), (200, b"{}"))
        self.assertEqual(response.headers["x-request-id"], "7")
        [came] = server.requests
        head, _, body = came.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        self.assertEqual(lines[0], b"POST /path?a=b HTTP/1.1")
        for line in (b"X-Signature: abc", b"Content-Length: 2", b"Connection: close"):
            self.assertIn(line, lines)
        self.assertEqual(body, b"{}")

    def test_answers_without_a_length_and_in_chunks(self) -> None:
        for text in (
            b"HTTP/1.0 200 OK\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        ):
            with self.subTest(text):
                server = self.serve(lambda connection: connection.sendall(text))
                self.assertEqual(HttpTransport().send(request_to(server.port)).body, b"{}")

    def test_an_answer_that_is_cut_is_none(self) -> None:
        for text in (
            b"",
            b"HTTP/1.1 200",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
            b"SSH-2.0-OpenSSH\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
        ):
            with self.subTest(text[:60]):
                server = self.serve(lambda connection: connection.sendall(text))
                with self.assertRaises(ConnectionError):
                    HttpTransport().send(request_to(server.port))

    def test_an_answer_without_end_is_read_to_the_limit(self) -> None:
        def serve(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b" " * 65536)

        server = self.serve(serve)
        self.assertEqual(len(HttpTransport().send(request_to(server.port)).body), 1024 * 1024 + 1)

    def test_an_answer_that_trickles_ends_with_the_time(self) -> None:
        def trickle(connection: socket.socket, piece: bytes) -> None:
            while True:
                connection.sendall(piece)
                time.sleep(0.02)

        for start, piece in [(b"HTTP/1.1 200 OK\r\n\r\n", b" "), (b"HTTP/1.1 200 OK\r\nX: ", b"y"), (b"", b"")]:
            with self.subTest(start):

                def serve(connection: socket.socket) -> None:
                    connection.sendall(start)
                    trickle(connection, piece)

                server = self.serve(serve)
                with self.assertRaises(ConnectionError):
                    HttpTransport().send(request_to(server.port, timeout=0.3))

    def test_nobody_there(self) -> None:
        closed = socket.create_server(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        closed.close()
        with self.assertRaisesRegex(ConnectionError, "refused"):
            HttpTransport().send(request_to(port))
        with self.assertRaises(ConnectionError):
            HttpTransport().send(request_to(port, host="nobody.invalid"))

    def test_a_further_address_is_tried(self) -> None:
        server = self.serve(lambda connection: connection.sendall(ANSWER))
        closed = socket.create_server(("127.0.0.1", 0))
        nobody = closed.getsockname()
        closed.close()
        addresses = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", one) for one in (nobody, ("127.0.0.1", server.port))]
        with mock.patch("socket.getaddrinfo", return_value=addresses):
            self.assertEqual(HttpTransport().send(request_to(server.port)).status, 200)


@unittest.skipUnless(shutil.which("openssl"), "it makes certificates with openssl")
class Tls(unittest.TestCase):
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split()
        command += ["-keyout", "key.pem", "-out", "certificate.pem", "-subj", "/CN=localhost"]
        command += ["-addext", "subjectAltName=DNS:localhost"]
        subprocess.run(command, cwd=cls.folder, check=True, capture_output=True)

    def serve(self) -> Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "certificate.pem", self.folder / "key.pem")
        server = Server(lambda connection: connection.sendall(ANSWER), context)
        self.addCleanup(server.close)
        return server

    def test_a_certificate_of_nobody_known_is_refused(self) -> None:
        server = self.serve()
        with self.assertRaisesRegex(ConnectionError, "certificate"):
            HttpTransport().send(request_to(server.port, "https", "localhost"))
        self.assertEqual(server.requests, [])

    def test_a_certificate_of_another_name_is_refused(self) -> None:
        server = self.serve()
        with mock.patch.dict(os.environ, SSL_CERT_FILE=str(self.folder / "certificate.pem")):
            with self.assertRaisesRegex(ConnectionError, "certificate"):
                HttpTransport().send(request_to(server.port, "https", "127.0.0.1"))
        self.assertEqual(server.requests, [])

    def test_a_certificate_that_the_system_trusts_is_taken(self) -> None:
        server = self.serve()
        with mock.patch.dict(os.environ, SSL_CERT_FILE=str(self.folder / "certificate.pem")):
            transport = HttpTransport()
            for _ in range(2):
                self.assertEqual(transport.send(request_to(server.port, "https", "localhost")).body, b"{}")

    def test_plain_http_behind_https_is_refused(self) -> None:
        server = Server(lambda connection: connection.sendall(ANSWER))
        self.addCleanup(server.close)
        with self.assertRaises(ConnectionError):
            HttpTransport().send(request_to(server.port, "https", "localhost"))
