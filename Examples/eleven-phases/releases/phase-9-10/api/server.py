"""GET /opportunities and /health, on 127.0.0.1:$API_PORT."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from core.database import connect

QUERY = "SELECT submission_id, score FROM opportunities_unified ORDER BY score DESC, 1 LIMIT 10"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            with connect() as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1" if self.path == "/health" else QUERY)
                status, body = 200, cursor.fetchall()
        except Exception as error:
            status, body = 500, type(error).__name__
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *words):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("127.0.0.1", int(os.environ["API_PORT"])), Handler).serve_forever()
