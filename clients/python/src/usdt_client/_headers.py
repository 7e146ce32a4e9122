"""Finds a header in whatever a server or framework has for headers."""

from __future__ import annotations

import re
from typing import Dict, Iterable, List, Mapping, Optional, Protocol, Tuple, Union

from .errors import InvalidArgument

Pairs = Iterable[Tuple[Union[str, bytes], object]]


class HasItems(Protocol):
    """Such as the headers of `http.server`, Flask, Django or Starlette."""

    def items(self) -> Iterable[Tuple[str, object]]: ...


#: A mapping, pairs, or what CGI and WSGI put into their environment (`HTTP_X_SIGNATURE`). Values are text, bytes, or
#: lists of them.
Headers = Union[Mapping[str, object], HasItems, Pairs]

_OF_ENVIRONMENT = re.compile(r"HTTP_[A-Z0-9_]+")


def read_headers(headers: Headers) -> Dict[str, str]:
    """Values by names in lower case. What came several times is joined, as HTTP does."""
    pairs = headers.items() if hasattr(headers, "items") else headers
    found: Dict[str, List[str]] = {}
    try:
        for name, value in pairs:
            key = _name(name)
            for one in value if isinstance(value, (list, tuple)) else [value]:
                text = _text(one)
                if text is not None:
                    found.setdefault(key, []).append(text)
    except (TypeError, ValueError):
        raise InvalidArgument("headers must be a mapping, pairs, or a WSGI environment") from None
    return {name: ", ".join(values) for name, values in found.items()}


def _name(name: object) -> str:
    text = _text(name) or ""
    if _OF_ENVIRONMENT.fullmatch(text):
        text = text[len("HTTP_") :].replace("_", "-")
    return text.lower()


def _text(value: object) -> Optional[str]:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None
