"""The people who call, seen from the webhook service.

    callers.py dial N        dials N calls under the new scheme, in order, and says a first line in every fourth. They
                             stay in flight: their conversation is not known. Always the same N calls.
    callers.py go-on         goes on calling: every half second one webhook, in whichever format the platform's webhook
                             configuration asks for. Ends by itself after CALLERS_MOST calls or CALLERS_SECONDS.

The lines that `go-on` says begin with "live:", and the calls that it starts have conversations named conv_live_NNNN,
which the platform knows when asked. So it never adds a call without a conversation.

Only the path of the configured URL is used; its host is always this world's service. Environment: SERVICE_URL,
VOICE_API_URL, PLATFORM_KEY.
"""

import hashlib
import http.client
import json
import os
import sys
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

FIRST_CALL = datetime(2026, 1, 15, 9, 0, tzinfo=timezone.utc)
TRANSCRIPTION = "/webhooks/elevenlabs/transcription"
PAUSE = 0.5
OLD_CALLS = 40  # release-1-data.sql


class Line:
    """A connection that is opened again when it broke."""

    def __init__(self, url):
        self.address = urlsplit(url)
        self.connection = None

    def request(self, method, path, message=None, headers={}):
        """The answer's status and JSON, or (0, None) where nobody answers."""
        body = None if message is None else json.dumps(message)
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=6)
            self.connection.request(method, path, body, {"Content-Type": "application/json"} | headers)
            answer = self.connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            if self.connection is not None:
                self.connection.close()
                self.connection = None
            return 0, None


def sid(name):
    return "CA" + hashlib.md5(name.encode()).hexdigest()


def dial(count):
    service = Line(os.environ["SERVICE_URL"])
    for number in range(1, count + 1):
        when = (FIRST_CALL + timedelta(seconds=number)).isoformat()
        call = sid(f"in flight {number}")
        status, answer = service.request("POST", "/calls", {"call_sid": call, "started_at": when})
        if status == 201 and number % 4 == 1:
            message = {"call_sid": call, "speaker": "agent", "message": "good morning", "timestamp": when}
            status, answer = service.request("POST", TRANSCRIPTION, message)
        if status not in (200, 201):
            sys.exit(f"call {number} was refused: {status} {answer}")


def subject(turn):
    """Whom turn number `turn` is about: a new call, an old one, or one in flight, as (conversation, call SID)."""
    if turn % 4 == 0:
        conversation = f"conv_live_{turn // 4 + 1:04}"
    elif turn % 4 == 3:
        return None, sid(f"in flight {turn // 4 % int(os.environ['WORLD_CALLS']) + 1}")
    else:
        conversation = f"conv_{turn % OLD_CALLS + 1:04}"
    return conversation, sid(conversation)


def filled(template, values):
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", value)
    return template


def go_on():
    service, platform = Line(os.environ["SERVICE_URL"]), Line(os.environ["VOICE_API_URL"])
    counts = {"sent": 0, "stored": 0, "refused": 0, "lost": 0}
    most, seconds = int(os.environ.get("CALLERS_MOST", 2000)), int(os.environ.get("CALLERS_SECONDS", 1800))
    key = {"xi-api-key": os.environ["PLATFORM_KEY"]}
    begin = time.monotonic()
    while counts["sent"] < most and time.monotonic() - begin < seconds:
        status, webhook = platform.request("GET", "/v1/webhooks/wh_2f1", headers=key)
        if status == 200:
            conversation, call = subject(counts["sent"])
            if conversation is None and not any("call_sid" in value for value in webhook["payload"].values()):
                conversation = "conv_live_0001"  # nobody names a call by its SID now, so another one speaks
            values = {
                "conversation_id": conversation or "",
                "call_sid": call,
                "speaker": "caller",
                "message": f"live: line {counts['sent'] + 1}",
                "timestamp": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            }
            message = {field: filled(template, values) for field, template in webhook["payload"].items()}
            for _ in range(webhook["retries"] + 1):
                status, _ = service.request("POST", urlsplit(webhook["url"]).path, message)
                if status != 0:
                    break
                time.sleep(0.05)
            counts["sent"] += 1
            counts["stored" if status == 200 else "lost" if status == 0 else "refused"] += 1
            with open("callers.json.new", "w", encoding="utf-8") as file:
                json.dump(counts, file)
            os.replace("callers.json.new", "callers.json")
        time.sleep(PAUSE)


if __name__ == "__main__":
    if sys.argv[1:2] == ["dial"]:
        dial(int(sys.argv[2]))
    elif sys.argv[1:] == ["go-on"]:
        go_on()
    else:
        sys.exit(__doc__)
