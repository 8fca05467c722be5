"""Scores and judges what is new, in one go. With --serve again and again, until it is told to stop."""

import argparse
import os
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--pid-file")
    arguments = parser.parse_args()
    sys.argv = sys.argv[:1]
    if arguments.pid_file:
        with open(arguments.pid_file, "w", encoding="ascii") as file:
            print(os.getpid(), file=file)
    while True:
        from core.pipeline.orchestrator import Orchestrator

        try:
            Orchestrator(ROOT).run()
        except (Exception, SystemExit) as error:
            print(f"the pipeline failed: {error}", file=sys.stderr, flush=True)
            if not arguments.serve:
                sys.exit(1)
        if not arguments.serve:
            return
        time.sleep(5)


if __name__ == "__main__":
    main()
