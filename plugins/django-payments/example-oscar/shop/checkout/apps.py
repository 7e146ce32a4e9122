"""Oscar's checkout with a payment of this shop's own."""

import oscar.apps.checkout.apps as oscar


class CheckoutConfig(oscar.CheckoutConfig):
    name = "shop.checkout"
