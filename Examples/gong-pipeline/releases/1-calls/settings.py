"""The settings: NAME=value lines of `.env` beside the code, and what the environment says instead."""

import os

FOLDER = os.path.dirname(os.path.abspath(__file__))


def read():
    settings = {}
    with open(os.path.join(FOLDER, ".env"), encoding="utf-8") as file:
        for line in file:
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith("#"):
                settings[name] = value
    return settings | dict(os.environ)


def need(name):
    value = read().get(name)
    if not value:
        raise SystemExit(f"{name} is not set in .env")
    return value
