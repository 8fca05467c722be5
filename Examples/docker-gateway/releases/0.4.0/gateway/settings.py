"""Flags and other settings. The file is read when the process starts; the process's environment wins."""

import os


def read(path="/app/.env"):
    settings = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith("#"):
                settings[name] = value.strip("'\"")
    return settings | dict(os.environ)


def enabled(settings, integration):
    return settings.get(f"INTEGRATIONS_{integration.upper()}_ENABLED", "false") == "true"
