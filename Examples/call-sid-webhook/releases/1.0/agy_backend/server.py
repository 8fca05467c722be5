"""HTTP around the handlers: JSON in, JSON out, one log line a request."""

import json
import os
import signal
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

from agy_backend import RELEASE, routes, settings
from agy_backend.database import Database
from agy_backend.problem import Problem

LARGEST_BODY = 64 * 1024


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "agy-backend/" + RELEASE
    wbufsize = -1  # headers and body leave in one packet

    def setup(self):
        super().setup()
        self.database = Database()

    def finish(self):
        self.database.close()
        super().finish()

    def do_GET(self):
        self.answer("GET", None)

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            return self.reply(413, {"detail": "body too large"})
        self.answer("POST", self.rfile.read(length))

    def answer(self, method, body):
        path = self.path.partition("?")[0]
        try:
            if (method, path) == ("GET", "/health"):
                return self.reply(*self.health())
            handler = routes.ROUTES.get((method, path))
            if handler is None:
                return self.reply(404, {"detail": "not found"})
            try:
                message = json.loads(body)
            except ValueError:
                raise Problem(400, "the body is not JSON") from None
            if not isinstance(message, dict):
                raise Problem(422, "the body is not an object")
            self.note(body)
            self.reply(*handler(self.database, message))
        except Problem as problem:
            self.reply(problem.status, {"detail": problem.detail})
        except psycopg2.OperationalError as error:
            print("database:", str(error).strip(), file=sys.stderr, flush=True)
            self.reply(503, {"detail": "the database does not answer"})
        except psycopg2.Error as error:
            print("database:", str(error).strip(), file=sys.stderr, flush=True)
            self.reply(500, {"detail": "the database refused"})

    def health(self):
        answer = {"status": "ok", "release": RELEASE, "pid": os.getpid(), "log_level": settings.read()["LOG_LEVEL"]}
        try:
            self.database.transaction(lambda cursor: cursor.execute("SELECT 1"))
        except psycopg2.Error:
            return 503, answer | {"status": "no database"}
        return 200, answer

    def reply(self, status, answer):
        body = json.dumps(answer).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def note(self, body):
        if settings.read()["LOG_LEVEL"] == "debug":
            print("body:", body.decode("utf-8", "replace"), file=sys.stderr, flush=True)

    def log_message(self, form, *values):
        if self.path != "/health":
            now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
            print(now, form % values, file=sys.stderr, flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def server_bind(self):
        # As HTTPServer does it, without asking the resolver for the host's name.
        self.socket.setsockopt(1, 2, 1)  # SOL_SOCKET, SO_REUSEADDR
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.server_address[:2]


def serve():
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print("release", RELEASE, "listens on port", os.environ["PORT"], file=sys.stderr, flush=True)
    server.serve_forever(poll_interval=0.02)
    server.socket.close()
    os._exit(0)  # connections kept open by callers are not waited for
