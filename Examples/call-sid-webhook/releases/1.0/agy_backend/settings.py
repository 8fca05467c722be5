"""The settings file beside the code: NAME=value lines, read again whenever it is asked for."""

import os

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read():
    settings = {"LOG_LEVEL": "info", "LOOKUP_TIMEOUT": "2"}
    try:
        with open(os.path.join(FOLDER, ".env"), encoding="utf-8") as file:
            for line in file:
                name, equals, value = line.partition("=")
                if equals and not name.lstrip().startswith("#"):
                    settings[name.strip()] = value.strip()
    except OSError:
        pass
    return settings
