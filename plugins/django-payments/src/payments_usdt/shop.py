"""Which shop this is at the gateway. A copy of it at another address must not take its payments."""

from payments.core import get_base_url

from .models import UsdtPayment, UsdtShop, new_name

_ONLY = 1


def shop_id():
    """Drawn once, when it is needed first."""
    return _stored().name


def is_moved():
    """Whether the shop has another address than the one where its ID was drawn."""
    return _stored().home != get_base_url()


def is_of_this_shop(reference):
    return reference.startswith(f"{shop_id()}-")


def keep():
    """The shop has moved here."""
    UsdtShop.objects.filter(pk=_stored().pk).update(home=get_base_url())


def renew():
    """It is a copy: it gets payments of its own."""
    UsdtShop.objects.filter(pk=_stored().pk).update(name=new_name(), home=get_base_url())
    UsdtPayment.objects.filter(state__in=UsdtPayment.OPEN).update(state=UsdtPayment.State.CLOSED)


def _stored():
    return UsdtShop.objects.get_or_create(pk=_ONLY, defaults={"home": get_base_url()})[0]
