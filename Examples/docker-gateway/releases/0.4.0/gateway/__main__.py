"""Takes webhooks in and stores them. Serves on port 8000."""

import json
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

from . import __version__, database, settings
from .integrations import HANDLERS

SETTINGS = settings.read()
trouble = "starting"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, **body):
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_integration(self, body):
        name = self.path.removeprefix("/webhooks/")
        if not self.path.startswith("/webhooks/"):
            return self.answer(404, detail="not found")
        if f"INTEGRATIONS_{name.upper()}_ENABLED" in SETTINGS and not settings.enabled(SETTINGS, name):
            return self.answer(503, detail="integration disabled")
        if name not in HANDLERS:
            return self.answer(404, detail="no such integration")
        if trouble:
            return self.answer(503, detail=trouble)
        if body is None:
            return self.answer(200, integration=name, enabled=True)
        try:
            with database.connect() as connection, connection.cursor() as cursor:
                return self.answer(202, delivery=HANDLERS[name](cursor, body))
        except (KeyError, TypeError):
            return self.answer(422, detail="a payload and its time are needed")
        except psycopg2.Error as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            return self.answer(500, detail=type(error).__name__)

    def do_GET(self):
        if self.path != "/health":
            return self.handle_integration(None)
        try:
            revision = database.revision()
        except psycopg2.Error as error:
            return self.answer(503, status="failed", version=__version__, detail=type(error).__name__)
        if trouble:
            return self.answer(503, status="failed", version=__version__, revision=revision, detail=trouble)
        return self.answer(200, status="ok", version=__version__, revision=revision)

    def do_POST(self):
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        except ValueError:
            return self.answer(400, detail="no JSON")
        return self.handle_integration(body)

    def log_message(self, *words):
        pass


def start():
    """Goes to work once a delivery can be stored. A schema that does not allow it is not asked again: restart."""
    global trouble
    while True:
        try:
            database.try_to_store()
            trouble = None
            return
        except psycopg2.OperationalError as error:
            trouble = f"no database: {type(error).__name__}"
            time.sleep(0.1)
        except psycopg2.Error as error:
            trouble = f"deliveries cannot be stored: {type(error).__name__}"
            print(f"{trouble}: {error}", file=sys.stderr)
            return


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
threading.Thread(target=start, daemon=True).start()
server = ThreadingHTTPServer(("0.0.0.0", 8000), Handler)
server.daemon_threads = True
server.serve_forever()
