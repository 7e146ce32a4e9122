"""What came as JSON, read field by field into its types."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar

from ._amount import parse_amount

T = TypeVar("T")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_RFC_3339 = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6})[0-9]*)?Z")
_DIGITS = re.compile(r"[0-9]{1,16}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_ID = 2**53 - 1


class Malformed(Exception):
    """A field has another form than it must have."""


def parse_object(data: bytes) -> Optional[Dict[str, Any]]:
    """The JSON object that bytes hold, or `None`. Numbers keep their digits."""
    try:
        value = json.loads(data.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def parse_payment_id(value: object) -> Optional[int]:
    """A payment's ID of up to 53 bits, or `None`."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= _MOST_ID else None


def _parse_text(value: object) -> Optional[str]:
    # Half a character could be neither stored nor shown.
    return value if isinstance(value, str) and not _SURROGATE.search(value) else None


def _parse_integer(value: object) -> Optional[int]:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _parse_flag(value: object) -> Optional[bool]:
    return value if isinstance(value, bool) else None


def _parse_date(value: object) -> Optional[datetime]:
    """`2026-07-01 18:00:00` or RFC 3339, both UTC."""
    if not isinstance(value, str):
        return None
    match = _RFC_3339.fullmatch(value)
    if match is not None:
        date, time, fraction = match.groups()
        text = f"{date} {time}.{(fraction or '0').ljust(6, '0')}"
    elif _DATE.fullmatch(value):
        text = value
    else:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _parse_fields(value: object) -> Optional[Fields]:
    return Fields(value) if isinstance(value, dict) else None


def _parse_list(value: object) -> Optional[List[object]]:
    return value if isinstance(value, list) else None


class Fields:
    """An object's fields. Those read with `optional_…` are `None` where they are absent or null."""

    def __init__(self, raw: Dict[str, Any]) -> None:
        self.raw = raw

    def text(self, name: str) -> str:
        return self._required(name, self.optional_text(name))

    def optional_text(self, name: str) -> Optional[str]:
        return self._read(name, "text", _parse_text)

    def decimal(self, name: str) -> Decimal:
        return self._required(name, self.optional_decimal(name))

    def optional_decimal(self, name: str) -> Optional[Decimal]:
        return self._read(name, "decimal text", parse_amount)

    def payment_id(self) -> int:
        return self._required("payment_id", self.optional_payment_id())

    def optional_payment_id(self) -> Optional[int]:
        return self._read("payment_id", "a payment ID", parse_payment_id)

    def date(self, name: str) -> datetime:
        return self._required(name, self.optional_date(name))

    def optional_date(self, name: str) -> Optional[datetime]:
        return self._read(name, "a time in UTC", _parse_date)

    def integer(self, name: str) -> int:
        return self._required(name, self.optional_integer(name))

    def optional_integer(self, name: str) -> Optional[int]:
        return self._read(name, "a whole number", _parse_integer)

    def flag(self, name: str) -> bool:
        """Absent is false."""
        return self._read(name, "true or false", _parse_flag) or False

    def part(self, name: str) -> Fields:
        return self._required(name, self.optional_part(name))

    def optional_part(self, name: str) -> Optional[Fields]:
        return self._read(name, "an object", _parse_fields)

    def parts(self, name: str) -> Tuple[Fields, ...]:
        return self._list(name, _parse_fields)

    def optional_parts(self, name: str) -> Tuple[Fields, ...]:
        """Absent is empty."""
        return () if self.raw.get(name) is None else self.parts(name)

    def texts(self, name: str) -> Tuple[str, ...]:
        return self._list(name, _parse_text)

    def optional_texts(self, name: str) -> Optional[Dict[str, str]]:
        """Texts under names."""
        fields = self.optional_part(name)
        return None if fields is None else {key: fields.text(key) for key in fields.raw}

    def _list(self, name: str, parse: Callable[[object], Optional[T]]) -> Tuple[T, ...]:
        values = self._required(name, self._read(name, "a list", _parse_list))
        return tuple(self._required(name, parse(value)) for value in values)

    def _read(self, name: str, form: str, parse: Callable[[object], Optional[T]]) -> Optional[T]:
        value = self.raw.get(name)
        if value is None:
            return None
        parsed = parse(value)
        if parsed is None:
            raise Malformed(f"{name} must be {form}")
        return parsed

    def _required(self, name: str, value: Optional[T]) -> T:
        if value is None:
            raise Malformed(f"{name} is missing")
        return value
