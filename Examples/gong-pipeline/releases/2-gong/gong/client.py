"""Gong's API: who we are there, and the calls."""

import json
import urllib.error
import urllib.parse
import urllib.request

import gong_wire

import settings


def get(path, query):
    request = urllib.request.Request(
        settings.need("GONG_API_BASE_URL") + path + "?" + urllib.parse.urlencode(query),
        headers={
            "Authorization": gong_wire.authorization(settings.need("GONG_API_KEY"), settings.need("GONG_API_SECRET"))
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=5) as answer:
        return json.load(answer)


def connectivity():
    """An HTTP status and a word: may we in?"""
    try:
        get("/workspaces", {})
        return 200, "authenticated"
    except urllib.error.HTTPError as error:
        return 503, f"refused: {error.code}"
    except OSError as error:
        return 503, f"no answer: {type(error).__name__}"


def calls():
    return gong_wire.pages(lambda cursor: get("/calls", {} if cursor is None else {"cursor": cursor}))
