"""Once a day: what Gong's webhooks did not tell us."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import calls
from gong import client

print(calls.store(client.calls(), "gong"), "calls synced from Gong")
