"""The settings: NAME=value lines of `.env`."""

import os

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

with open(os.path.join(FOLDER, ".env"), encoding="utf-8") as file:
    _values = dict(line.strip().split("=", 1) for line in file if "=" in line and not line.startswith("#"))

REDDIT_PUBLIC = _values["REDDIT_PUBLIC"]
REDDIT_SECRET = _values["REDDIT_SECRET"]
REDDIT_USER_AGENT = _values["REDDIT_USER_AGENT"]
DATABASE_URL = _values["DATABASE_URL"]

# In the order in which the pipeline takes them over.
SUBREDDITS = [
    "opensource", "selfhosted", "smallbusiness", "freelance", "homeassistant",
    "datahoarder", "sysadmin", "startups", "productivity", "accounting",
]
