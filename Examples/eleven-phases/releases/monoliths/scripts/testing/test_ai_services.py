"""Whether the analysis that the monolith uses knows an opportunity when it sees one. Exits 1 where it does not."""

import sys

from load import load

SAMPLES = [
    ("I wish there was a tool", "I need it every day", 65),
    ("Copying invoices manually is annoying", "", 35),
    ("Look at my cat", "", 0),
]

analyze = load("scripts/core/batch_opportunity_scoring.py").analyze
wrong = [(title, analyze(title, body), wanted) for title, body, wanted in SAMPLES if analyze(title, body) != wanted]
for title, found, wanted in wrong:
    print(f"'{title}' scores {found} and not {wanted}")
sys.exit(1 if wrong else 0)
