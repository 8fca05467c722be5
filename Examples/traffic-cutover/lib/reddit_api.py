"""Reddit's API, as far as this world needs it.

    POST /api/v1/access_token       a token for a client's id and secret
    GET  /r/NAME/new?limit=N        the newest submissions of a subreddit

The clients are in the file `clients` (a line each: ID SECRET), the submissions in `submissions.json`, newest first. Both
are read at every request, so a test may replace them. Whoever does not say who he is (User-Agent) gets 429, as there.

usage: reddit_api.py FOLDER PORT
"""

import base64
import json
import os
import secrets
import sys

from loopback_api import Handler, Refusal, serve

folder = sys.argv[1]
tokens = {}  # a token is worth something while this server runs and its client is known


def clients():
    with open(os.path.join(folder, "clients"), encoding="utf-8") as file:
        return [line.split() for line in file]


class Reddit(Handler):
    server_version = "reddit"
    routes = {("POST", "/api/v1/access_token"): "access_token", ("GET", "/r/"): "listing"}

    def access_token(self, _):
        kind, _, given = (self.headers.get("Authorization") or "").partition(" ")
        try:
            client = base64.b64decode(given, validate=True).decode().split(":", 1)
        except ValueError:
            client = None
        if kind != "Basic" or client not in clients():
            raise Refusal(401, "unknown client")
        token = secrets.token_hex(20)
        tokens[token] = client
        return {"access_token": token, "token_type": "bearer", "expires_in": 86400}

    def listing(self, rest):
        kind, _, token = (self.headers.get("Authorization") or "").partition(" ")
        if kind != "Bearer" or tokens.get(token) not in clients():
            raise Refusal(401, "the token is not valid")
        if not self.headers.get("User-Agent"):
            raise Refusal(429, "say who you are")
        name, _, order = rest.partition("/")
        limit = self.query.get("limit", "25")
        if order != "new" or not limit.isdigit():
            raise Refusal(404, "not found")
        with open(os.path.join(folder, "submissions.json"), encoding="utf-8") as file:
            found = [one for one in json.load(file) if one["subreddit"] == name]
        return {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": one} for one in found[: int(limit)]]}}


serve(sys.argv[2], Reddit)
