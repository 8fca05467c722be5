"""People submit something: N submissions to each subreddit, the newest now, the others an hour apart.

usage: posts.py FILE N SUBREDDIT...
"""

import json
import os
import sys
import time

path, count, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
try:
    with open(path, encoding="utf-8") as file:
        there = json.load(file)
except OSError:
    there = []
KINDS = ("Looking for a tool that", "How do you", "Is there a way to", "I would pay for", "Today I")
number = len(there)
new = []
for turn in range(count):
    for name in names:
        number += 1
        new.append({
            "id": f"s{number:04}", "subreddit": name, "title": f"{KINDS[number % 5]} {name} {number}",
            "created_utc": int(time.time()) - 3600 * (count - 1 - turn),
        })
with open(path + ".new", "w", encoding="utf-8") as file:
    json.dump(new[::-1] + there, file, indent=1)
os.replace(path + ".new", path)
