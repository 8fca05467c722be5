"""What Gong's API wants on the wire: its form of Basic authentication, its pages, and the signature of its webhooks."""

import base64
import hashlib
import hmac


def authorization(key, secret):
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def pages(fetch):
    """The records of every page. `fetch(cursor)` gives one page; a page names the cursor of the next."""
    cursor = None
    while True:
        page = fetch(cursor)
        yield from page["calls"]
        cursor = page["records"].get("cursor")
        if cursor is None:
            return


def signature(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(secret, body, given):
    return hmac.compare_digest(signature(secret, body), given or "")
