"""Takes payments in USDT on TRON with django-payments."""

__version__ = "0.1.0"
