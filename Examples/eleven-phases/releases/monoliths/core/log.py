import logging
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def logger(name):
    """Writes to logs/NAME.log."""
    os.makedirs(os.path.join(ROOT, "logs"), exist_ok=True)
    handler = logging.FileHandler(os.path.join(ROOT, "logs", name + ".log"))
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger(name)
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    return log
