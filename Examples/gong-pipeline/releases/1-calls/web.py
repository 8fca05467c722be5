"""HTTP around the calls: health, the page's data, one tool for assistants, and the routes that a release adds."""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import calls

LARGEST_BODY = 64 * 1024


def tool(message):
    """MCP's tools/call, for the one tool there is."""
    answer = {"jsonrpc": "2.0", "id": message.get("id")}
    if message.get("method") != "tools/call" or message.get("params", {}).get("name") != "list_calls":
        return answer | {"error": {"code": -32601, "message": "no such tool"}}
    return answer | {"result": {"content": [{"type": "text", "text": json.dumps(calls.listed())}]}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave in one packet

    def do_GET(self):
        if self.path == "/health":
            status, facts = self.server.health()
            self.reply(status, facts | {"release": os.environ.get("RELEASE", "unreleased"), "pid": os.getpid()})
        elif self.path == "/calls":
            self.reply(200, {"calls": calls.listed()})
        else:
            self.reply(404, {"detail": "not found"})

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            return self.reply(413, {"detail": "body too large"})
        body = self.rfile.read(length)
        answer = self.server.routes.get(self.path)
        if self.path == "/mcp":
            return self.reply(200, tool(json.loads(body)))
        if answer is None:
            return self.reply(404, {"detail": "not found"})
        self.reply(*answer(self.headers, body))

    def reply(self, status, answer):
        body = json.dumps(answer).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *values):
        if self.path != "/health":
            print(form % values, file=sys.stderr, flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, health, routes):
        self.health, self.routes = health, routes
        super().__init__(("127.0.0.1", int(os.environ.get("PORT", "8001"))), Handler)

    def server_bind(self):
        # As HTTPServer does it, without asking the resolver for the host's name.
        self.socket.setsockopt(1, 2, 1)  # SOL_SOCKET, SO_REUSEADDR
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.server_address[:2]


def serve(health, routes):
    """`health()` gives a status and facts; `routes` has for a path what answers its POST, given headers and body."""
    server = Server(health, routes)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    if "PIDFILE" in os.environ:
        with open(os.environ["PIDFILE"], "w", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
    print("listening on port", server.server_port, file=sys.stderr, flush=True)
    server.serve_forever(poll_interval=0.02)
    os._exit(0)  # connections kept open by callers are not waited for
