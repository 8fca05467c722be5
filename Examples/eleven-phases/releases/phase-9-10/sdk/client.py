import json
import urllib.request


def opportunities(address):
    with urllib.request.urlopen(address + "/opportunities", timeout=5) as answer:
        return json.load(answer)
