"""A webhook's view for Flask."""

from __future__ import annotations

import functools
from typing import Callable, Optional

import flask
from flask.typing import ResponseReturnValue

from .errors import InvalidArgument, SignatureError
from .event import Event
from .webhook import MAX_BODY_BYTES, Webhook

Handler = Callable[[Event], Optional[ResponseReturnValue]]


def webhook_view(webhook: Webhook) -> Callable[[Handler], Callable[[], ResponseReturnValue]]:
    """Makes a view of a function that takes an event.

        @app.post("/webhook")
        @webhook_view(webhook)
        def receive(event): ...

    What no secret has signed gets 401. The answer is 200 unless the function returns another one. Where it raises,
    Flask answers 500, and the gateway sends the webhook again.
    """

    def decorate(handle: Handler) -> Callable[[], ResponseReturnValue]:
        @functools.wraps(handle)
        def view() -> ResponseReturnValue:
            body = _raw_body()
            if body is None:
                return "", 413
            try:
                event = webhook.verify(body, flask.request.headers)
            except SignatureError:
                return "", 401
            answer = flask.current_app.ensure_sync(handle)(event)
            return "" if answer is None else answer

        return view

    return decorate


def _raw_body() -> Optional[bytes]:
    """The bytes that came, or `None` where there are too many."""
    request = flask.request
    length = request.content_length
    if length is None:
        # Chunks. Whoever has read them before has kept them.
        body: bytes = request.stream.read(MAX_BODY_BYTES + 1) or request.get_data()
        return body if len(body) <= MAX_BODY_BYTES else None
    if length > MAX_BODY_BYTES:
        return None
    body = request.get_data()
    if length and not body:
        raise InvalidArgument("the body was read before the view, and not kept: read it with get_data() there")
    return body
