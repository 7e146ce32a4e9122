"""A webhook's view for Django."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Union

from django.http import HttpRequest, HttpResponse

from .errors import SignatureError
from .event import Event
from .webhook import Webhook


def webhook_view(webhook: Webhook) -> Callable[[Callable[[Event], Any]], Callable[[HttpRequest], Any]]:
    """Makes a view of a function, or of a coroutine function, that takes an event.

        @webhook_view(webhook)
        def receive(event): ...

        urlpatterns = [path("webhook", receive)]

    It is exempt from the check of CSRF. What no secret has signed gets 401. The answer is 200 unless the function
    returns another one. Where it raises, Django answers 500, and the gateway sends the webhook again.
    """

    def decorate(handle: Callable[[Event], Any]) -> Callable[[HttpRequest], Any]:
        @functools.wraps(handle)
        def view(request: HttpRequest) -> Any:
            verified = _verify(webhook, request)
            return (handle(verified) or HttpResponse()) if isinstance(verified, Event) else verified

        @functools.wraps(handle)
        async def asynchronous_view(request: HttpRequest) -> Any:
            verified = _verify(webhook, request)
            return (await handle(verified) or HttpResponse()) if isinstance(verified, Event) else verified

        made: Any = asynchronous_view if inspect.iscoroutinefunction(handle) else view
        made.csrf_exempt = True
        return made  # type: ignore[no-any-return]

    return decorate


def _verify(webhook: Webhook, request: HttpRequest) -> Union[Event, HttpResponse]:
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        # Django itself refuses more than DATA_UPLOAD_MAX_MEMORY_SIZE.
        return webhook.verify(request.body, request.headers)
    except SignatureError:
        return HttpResponse(status=401)
