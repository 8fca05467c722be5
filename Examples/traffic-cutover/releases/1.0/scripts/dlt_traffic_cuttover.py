"""Moves the collection from the manual collector to the DLT pipeline, in phases, and back at once."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from core import cutover

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--phase", choices=list(cutover.PHASES))
parser.add_argument("--action", choices=["setup", "monitor", "rollback"], required=True)
arguments = parser.parse_args()

if arguments.action == "setup":
    if arguments.phase is None:
        parser.error("which phase is to be set up?")
    cutover.enter(arguments.phase)
    print(f"the DLT pipeline collects {arguments.phase} now")
elif arguments.action == "rollback":
    cutover.roll_back()
    print("the DLT pipeline is disabled, the manual collection has everything")
else:
    rate = cutover.error_rate()
    print(f"phase {cutover.load()['current_phase']}: {rate} % of the last runs failed")
    sys.exit(1 if rate > 20 else 0)
