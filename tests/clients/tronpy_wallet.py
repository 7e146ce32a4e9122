"""A wallet made of tronpy: does one thing with an account and prints what came of it, as JSON.

python tronpy_wallet.py NODE KEY pay TOKEN TO MICRO FEE_LIMIT
python tronpy_wallet.py NODE KEY look TOKEN TXID
"""

import json
import sys

from tronpy import Tron
from tronpy.keys import PrivateKey
from tronpy.providers import HTTPProvider


def pay(client, key, token, to, micro, fee_limit):
    own = key.public_key.to_base58check_address()
    transfer = client.get_contract(token).functions.transfer(to, int(micro))
    transaction = transfer.with_owner(own).fee_limit(int(fee_limit)).build().sign(key)
    try:
        return {"txid": transaction.broadcast().txid}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def look(client, key, token, txid):
    own = key.public_key.to_base58check_address()
    contract = client.get_contract(token)
    info = client.get_transaction_info(txid)
    events = contract.events.Transfer.process_receipt({"log": info.get("log", [])})
    return {
        "symbol": contract.functions.symbol(),
        "usdt": contract.functions.balanceOf(own),
        "trx": str(client.get_account_balance(own)),
        "bandwidth": client.get_bandwidth(own),
        "energy_limit": client.get_account_resource(own).get("EnergyLimit", 0),
        "result": info["receipt"]["result"],
        "message": info.get("resMessage"),
        "events": [event["args"] for event in events],
    }


def main(node, key, what, *arguments):
    client = Tron(HTTPProvider(node))
    key = PrivateKey(bytes.fromhex(key))
    action = {"pay": pay, "look": look}[what]
    print(json.dumps(action(client, key, *arguments)))


main(*sys.argv[1:])
