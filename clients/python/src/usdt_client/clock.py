"""Time, which tests can put in its place."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What a client asks of time, in seconds."""

    def now(self) -> float:
        """Since 1970, in UTC."""

    def monotonic(self) -> float:
        """Since any moment, and never set back."""

    def sleep(self, seconds: float) -> None:
        """Waits."""


class SystemClock:
    """The machine's own."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
