"""Calls come from Gong: by webhook as they end, and once a day by flows/daily_gong_sync.py."""

import json

import gong_wire

import calls
import settings
import web
from gong import client


def health():
    status, word = client.connectivity()
    return status, {"status": "ok" if status == 200 else "degraded", "integration": "gong", "gong": word}


def call_ended(headers, body):
    if not gong_wire.is_signed(settings.need("GONG_WEBHOOK_SECRET"), body, headers.get("X-Gong-Signature")):
        return 401, {"detail": "the signature is not Gong's"}
    return 200, {"stored": calls.store([json.loads(body)["call"]], "gong")}


for name in ("GONG_API_KEY", "GONG_API_SECRET", "GONG_API_BASE_URL", "GONG_WEBHOOK_SECRET"):
    settings.need(name)
web.serve(health, {"/webhooks/gong": call_ended})
