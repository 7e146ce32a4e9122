"""Which shop this is at the gateway. A copy of it at another address must not take its payments."""

from django.conf import settings

from .models import UsdtShop, new_name

_ONLY = 1


def shop_id():
    """Drawn once, when it is needed first."""
    return _stored().name


def is_moved():
    """Whether the shop has another address than the one where its ID was drawn."""
    return _stored().home != settings.SITE_URL


def is_of_this_shop(reference):
    return reference.startswith(f"{shop_id()}-")


def keep():
    """The shop has moved here."""
    UsdtShop.objects.filter(pk=_stored().pk).update(home=settings.SITE_URL)


def renew():
    """It is a copy: it gets payments of its own."""
    UsdtShop.objects.filter(pk=_stored().pk).update(name=new_name(), home=settings.SITE_URL)


def _stored():
    return UsdtShop.objects.get_or_create(pk=_ONLY, defaults={"home": settings.SITE_URL})[0]
