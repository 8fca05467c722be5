"""The voice platform's API, as far as this world needs it.

    GET, PUT, DELETE /v1/webhooks/{id}          the webhook configuration
    GET /v1/conversations?call_sid=CA...        the conversation of a call, 404 while it has none

The header `xi-api-key` must hold one of the keys in the file `keys` (a line each: NAME KEY). The configurations are in
`webhooks.json`. Both are read at every request, so a test may replace them. Every change is noted in `changes.jsonl`.

usage: voice_api.py FOLDER PORT
"""

import hashlib
import json
import os
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LARGEST_BODY = 64 * 1024
MASK = "••••"
READ_ONLY = ("id", "secret", "updated_at")
LIVE_CALLS = 2000  # the most that callers.py ever starts

folder = sys.argv[1]
lock = threading.Lock()


def is_text(value):
    return isinstance(value, str) and value != ""


FIELDS = {
    "url": is_text,
    "events": lambda value: isinstance(value, list) and all(is_text(item) for item in value),
    "payload": lambda value: isinstance(value, dict) and value != {} and all(is_text(item) for item in value.values()),
    "retries": lambda value: type(value) is int and 0 <= value <= 10,
}


class Refusal(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status, self.detail = status, detail


def load():
    with open(os.path.join(folder, "webhooks.json"), encoding="utf-8") as file:
        return json.load(file)


def store(webhooks):
    path = os.path.join(folder, "webhooks.json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(webhooks, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def note(**change):
    with open(os.path.join(folder, "changes.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps(change) + "\n")


def shown(webhook):
    return webhook | {"secret": MASK}


def conversations():
    """The platform derives a call's SID from its conversation. Calls in flight are not among these: they have none."""
    names = [f"conv_live_{number:04}" for number in range(1, LIVE_CALLS + 1)]
    return {"CA" + hashlib.md5(name.encode()).hexdigest(): name for name in names}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "voice-api"
    wbufsize = -1

    def do_GET(self):
        self.answer(self.get)

    def do_PUT(self):
        self.answer(self.put)

    def do_DELETE(self):
        self.answer(self.delete)

    def answer(self, method):
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if length > LARGEST_BODY:
                self.close_connection = True
                raise Refusal(413, "the body is too large")
            self.body = self.rfile.read(length)
            self.check_key()
            with lock:
                self.reply(200, method())
        except Refusal as refusal:
            self.reply(refusal.status, {"detail": refusal.detail})

    def check_key(self):
        key = self.headers.get("xi-api-key") or ""
        with open(os.path.join(folder, "keys"), encoding="utf-8") as file:
            if not any(line.split()[1:] == [key] for line in file):
                raise Refusal(401, "invalid API key")

    def webhook(self, webhooks):
        head, _, name = urlsplit(self.path).path.rpartition("/")
        if head != "/v1/webhooks":
            raise Refusal(404, "not found")
        if name not in webhooks:
            raise Refusal(404, f"no webhook {name}")
        return name

    def get(self):
        address = urlsplit(self.path)
        if address.path == "/v1/conversations":
            sid = parse_qs(address.query).get("call_sid", [""])[0]
            conversation = conversations().get(sid)
            if conversation is None:
                raise Refusal(404, "this call has no conversation yet")
            return {"call_sid": sid, "conversation_id": conversation}
        webhooks = load()
        return shown(webhooks[self.webhook(webhooks)])

    def put(self):
        webhooks = load()
        name = self.webhook(webhooks)
        try:
            fields = json.loads(self.body)
        except ValueError:
            raise Refusal(400, "the body is not JSON") from None
        if not isinstance(fields, dict):
            raise Refusal(400, "the body is not an object")
        for field, value in fields.items():
            if field in READ_ONLY:
                raise Refusal(400, f"{field} is read-only")
            if field not in FIELDS:
                raise Refusal(400, f"unknown field {field}")
            if not FIELDS[field](value):
                raise Refusal(400, f"{field} is not valid")
        webhooks[name] |= fields
        webhooks[name]["updated_at"] = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        store(webhooks)
        note(method="PUT", webhook=name, fields=sorted(fields))
        return shown(webhooks[name])

    def delete(self):
        webhooks = load()
        name = self.webhook(webhooks)
        del webhooks[name]
        store(webhooks)
        note(method="DELETE", webhook=name)
        return {"status": "deleted"}

    def reply(self, status, answer):
        body = json.dumps(answer, ensure_ascii=False).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *values):
        if self.command != "GET":
            print(form % values, file=sys.stderr, flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        # As HTTPServer does it, without asking the resolver for the host's name.
        self.socket.setsockopt(1, 2, 1)  # SOL_SOCKET, SO_REUSEADDR
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.server_address[:2]


Server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
