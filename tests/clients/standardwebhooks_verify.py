"""What the library of Standard Webhooks says of a webhook: what it holds, or the error's name, as JSON.

python standardwebhooks_verify.py SECRET BODY HEADERS
"""

import base64
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

secret, body, headers = sys.argv[1:]
webhook = Webhook("whsec_" + base64.b64encode(secret.encode()).decode())
try:
    print(json.dumps(webhook.verify(body, json.loads(headers))))
except WebhookVerificationError as error:
    print(json.dumps(type(error).__name__))
