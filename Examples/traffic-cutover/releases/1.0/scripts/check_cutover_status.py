"""Prints who collects; with --phase, the phase alone."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from core import cutover

config = cutover.load()
if sys.argv[1:] == ["--phase"]:
    print(config["current_phase"])
else:
    print("Current Phase:", config["current_phase"])
    print("DLT Enabled:", "✓" if config["dlt_enabled"] else "✗")
    print("Manual Enabled:", "✓" if config["manual_enabled"] else "✗")
