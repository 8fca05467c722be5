"""Webhooks as the platforms send them, a few each: traffic.py URL. Prints how each was answered."""

import collections
import http.client
import json
import sys
from urllib.parse import urlsplit

HOST = urlsplit(sys.argv[1]).netloc


def send(integration, number, payload):
    connection = http.client.HTTPConnection(HOST, timeout=10)
    body = {"payload": payload, "at": f"2026-01-15T12:{number:02}:00Z"}
    connection.request("POST", f"/webhooks/{integration}", json.dumps(body), {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return f"{integration} {status}"


answers = collections.Counter()
for number in range(8):
    answers[send("slack", number, {"text": f"after the release {number}"})] += 1
    # Runs that began years ago have small numbers, those of today do not.
    run = 7_000_000 + number if number % 4 == 0 else 17_500_000_000 + number
    answers[send("github_actions", number, {"id": run, "name": "ci", "conclusion": "success"})] += 1
print(json.dumps(answers))
