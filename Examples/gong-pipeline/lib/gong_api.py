"""Gong's API and the warehouse's, as far as this world needs them.

    GET  /v2/workspaces             whose key this is
    GET  /v2/calls?cursor=N         the calls, five a page
    POST /v2/calls                  a call that took place; Gong tells the webhook of it
    GET  /bigquery/v2/projects/sales/datasets/raw/tables/gong_calls/data

Gong takes the keys in the file `keys` (a line each: KEY SECRET) and answers 401 to others. The warehouse takes the token in
`token`, and answers 403 while the file `billing` does not say `on`. The calls are in `calls.json`; what the warehouse has
of them in `warehouse.json`; every webhook that was sent in `deliveries.jsonl`. All are read at every request, so a test may
replace them.

usage: gong_api.py FOLDER PORT
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.request

import gong_wire
from loopback_api import Handler, Refusal, serve

PAGE = 5
folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def load(name):
    with open(path(name), encoding="utf-8") as file:
        return json.load(file)


def store(name, value):
    with open(path(name) + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
    os.replace(path(name) + ".new", path(name))


def word(name):
    with open(path(name), encoding="utf-8") as file:
        return file.read().strip()


def deliver(call):
    """Tells the webhook, once. Whoever does not listen hears of the call from the list."""
    body = json.dumps({"call": call}).encode()
    url, secret = word("webhook").split()
    request = urllib.request.Request(url, body, {"X-Gong-Signature": gong_wire.signature(secret, body)})
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=5) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    except OSError:
        status = 0
    with open(path("deliveries.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps({"call": call["id"], "status": status}) + "\n")
    return status


class Gong(Handler):
    server_version = "gong"
    routes = {
        ("GET", "/v2/workspaces"): "workspaces",
        ("GET", "/v2/calls"): "calls",
        ("POST", "/v2/calls"): "add_call",
        ("GET", "/bigquery/v2/projects/sales/datasets/raw/tables/gong_calls/data"): "warehouse",
    }

    def check_key(self):
        kind, _, given = (self.headers.get("Authorization") or "").partition(" ")
        try:
            pair = base64.b64decode(given, validate=True).decode().split(":", 1)
        except ValueError:
            pair = None
        with open(path("keys"), encoding="utf-8") as file:
            if kind != "Basic" or not any(line.split() == pair for line in file):
                raise Refusal(401, "the access key or its secret is not valid")

    def workspaces(self, _):
        self.check_key()
        return {"workspaces": [{"id": "1", "name": "Sales"}]}

    def calls(self, _):
        self.check_key()
        calls = load("calls.json")
        begin = self.query.get("cursor", "0")
        if not begin.isdigit() or int(begin) >= len(calls):
            raise Refusal(404, "no calls found")
        begin, end = int(begin), int(begin) + PAGE
        records = {"totalRecords": len(calls), "currentPageSize": len(calls[begin:end])}
        if end < len(calls):
            records["cursor"] = str(end)
        return {"records": records, "calls": calls[begin:end]}

    def add_call(self, _):
        self.check_key()
        try:
            fields = json.loads(self.body)
            call = {"title": str(fields["title"]), "started": str(fields["started"]), "duration": int(fields["duration"])}
        except (ValueError, TypeError, KeyError):
            raise Refusal(400, "a call has a title, a start and a duration") from None
        calls = load("calls.json")
        call = {"id": f"{7_000_000 + len(calls)}"} | call
        store("calls.json", calls + [call])
        return {"callId": call["id"], "webhook": deliver(call)}

    def warehouse(self, _):
        if self.headers.get("Authorization") != "Bearer " + word("token"):
            raise Refusal(401, "the token is not valid")
        if word("billing") != "on":
            raise Refusal(403, "billing has not been enabled for this project")
        return {"rows": load("warehouse.json")}


serve(sys.argv[2], Gong)
