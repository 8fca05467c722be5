"""What the services outside have in common: JSON over HTTP on a port of loopback.

A service is a subclass of `Handler` whose `routes` say which of its methods answers what. Such a method gets the rest of
the path, finds `query`, `body` and `headers`, and returns the answer or raises `Refusal`.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

LARGEST_BODY = 64 * 1024
lock = threading.Lock()


class Refusal(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status, self.detail = status, detail


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave in one packet
    routes = {}  # (method, beginning of the path): name of the method that answers

    def do_GET(self):
        self.respond()

    def do_POST(self):
        self.respond()

    def respond(self):
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if length > LARGEST_BODY:
                self.close_connection = True
                raise Refusal(413, "the body is too large")
            self.body = self.rfile.read(length)
            address = urlsplit(self.path)
            self.query = dict(parse_qsl(address.query))
            for (method, path), name in self.routes.items():
                if self.command == method and address.path.startswith(path):
                    with lock:
                        return self.reply(200, getattr(self, name)(address.path[len(path):]))
            raise Refusal(404, "not found")
        except Refusal as refusal:
            self.reply(refusal.status, {"errors": [refusal.detail]})

    def reply(self, status, answer):
        body = json.dumps(answer, ensure_ascii=False).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *values):
        print(form % values, file=sys.stderr, flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        # As HTTPServer does it, without asking the resolver for the host's name.
        self.socket.setsockopt(1, 2, 1)  # SOL_SOCKET, SO_REUSEADDR
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.server_address[:2]


def serve(port, handler):
    Server(("127.0.0.1", int(port)), handler).serve_forever()
