#!/usr/bin/env bash
# The whole story without a browser: an order is created, its page opened, paid, confirmed, and
# the merchant hears of it. Usage: tests/story.sh path/to/usdt-gateway
set -euo pipefail

coproc demo { exec "$1" demo --json --listen 127.0.0.1:0 2>&1; }
trap 'kill "$demo_PID"' EXIT
until [[ ${ready:-} == {* ]]; do read -r ready <&"${demo[0]}"; done
get() { grep -o "\"$1\":\"\?[^\",}]*" <<<"$2" | head -n 1 | sed 's/^"[^"]*":"\?//'; }
gateway=$(get base_url "$ready") node=$(get node_url "$ready")

order='{"order_id":"ORDER_12345","amount":"50.00"}'
signature=$(printf %s "$order" | openssl dgst -sha256 -hmac "$(get api_secret "$ready")" | sed 's/.* //')
payment=$(curl -fsS "$gateway/api/create-payment.php" -H "X-API-Key: $(get api_key "$ready")" -H "X-Signature: $signature" -H 'Content-Type: application/json' -d "$order")
status="$gateway/api/payment-status.php?payment_id=$(get payment_id "$payment")"
curl -fsS "$(get payment_url "$payment")" | grep "$(get pay_amount "$payment")" >/dev/null
curl -fsS "$node/dev/transfer" -d "{\"to\":\"$(get address "$payment")\",\"amount\":\"$(get pay_amount "$payment")\"}"
curl -fsS "$node/dev/mine" -d '{"blocks":20}'
until curl -fsS "$status&wait=5" | grep '"status":"paid"'; do :; done
until curl -fsS "$gateway/demo/webhooks" | grep "$(get payment_id "$payment")"; do :; done
