"""Takes payments in USDT on TRON in pretix."""

__version__ = "0.1.0"
