"""What the shop is told by its environment."""

import os

from usdt_client import Client

port = int(os.environ.get("PORT", "9000"))
#: The shop's own address, as payers reach it.
home = os.environ.get("SHOP_URL", f"http://localhost:{port}")
database = os.environ.get("SHOP_DATABASE", "shop.sqlite")
gateway = Client(
    os.environ.get("GATEWAY", ""),
    os.environ.get("API_KEY", ""),
    os.environ.get("API_SECRET", ""),
    user_agent="example-shop/1",
)
