"""A verified event as a dependency of FastAPI."""

# Annotations stay what they are here: not every version of FastAPI finds out what they name.

from fastapi import HTTPException, Request

from .errors import SignatureError
from .event import Event
from .webhook import MAX_BODY_BYTES, Webhook


class VerifiedEvent:
    """The event of a webhook whose signature is right, for a path operation that depends on it.

        @app.post("/webhook")
        def receive(event: Annotated[Event, Depends(VerifiedEvent(webhook))]) -> None: ...

    What no secret has signed gets 401. Where the operation raises, FastAPI answers 500, and the gateway sends the
    webhook again.
    """

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook

    async def __call__(self, request: Request) -> Event:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise HTTPException(413)
        try:
            return self._webhook.verify(body, request.headers)
        except SignatureError:
            raise HTTPException(401) from None
