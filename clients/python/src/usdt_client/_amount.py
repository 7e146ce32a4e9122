"""Amounts: decimal numbers in digits, exact, and never a float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Optional, Union

from .errors import InvalidArgument

#: What stands for an amount: decimal text such as "50.00", a `Decimal` or an `int`.
Amount = Union[str, Decimal, int]

_FORM = re.compile(r"[0-9]+(\.[0-9]+)?")
_MOST_DIGITS = 64


def parse_amount(value: object) -> Optional[Decimal]:
    """The exact number that a text has, or `None` where it is no text of digits with at most one point."""
    if not isinstance(value, str) or not _FORM.fullmatch(value):
        return None
    return Decimal(value)


def require_amount(value: object, name: str) -> str:
    """The text of an amount that a program hands in."""
    if isinstance(value, float):
        raise InvalidArgument(f'{name} is a float, which is not exact: give text such as "50.00", or a Decimal')
    text = _text(value)
    if text is None or len(text) > _MOST_DIGITS or parse_amount(text) is None:
        raise InvalidArgument(f'{name} must be a decimal number such as "50.00", without sign, exponent or blanks')
    return text


def _text(value: object) -> Optional[str]:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        # Longer ones cannot be written at all. What is `True` has no digits.
        return str(value) if value.bit_length() <= 4 * _MOST_DIGITS else None
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= _MOST_DIGITS:
        return format(value, "f")
    return None
