"""Who collects how much: one JSON file, replaced as a whole."""

import json
import os
from datetime import datetime, timezone

from config import settings

PATH = os.path.join(settings.FOLDER, "config", "traffic_cutover_config.json")
LOG = os.path.join(settings.FOLDER, "error_log", "dlt_traffic_cuttover.log")
PIPELINE_LOG = os.path.join(settings.FOLDER, "error_log", "dlt_pipeline.log")
PHASES = {"10%": 10, "50%": 50, "100%": 100}


def now():
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def load():
    with open(PATH, encoding="utf-8") as file:
        return json.load(file)


def save(config):
    with open(PATH + ".new", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(PATH + ".new", PATH)


def enter(phase):
    share = PHASES[phase]
    save({
        "current_phase": phase,
        "dlt_enabled": True,
        "dlt_percentage": share,
        "manual_enabled": share < 100,
        "manual_percentage": 100 - share,
        "phase_started": now(),
    })
    note(f"phase {phase}")


def roll_back():
    save({
        "current_phase": "manual_only",
        "dlt_enabled": False,
        "dlt_percentage": 0,
        "manual_enabled": True,
        "manual_percentage": 100,
        "rollback_timestamp": now(),
    })
    note("rolled back to manual_only")


def subreddits(collector):
    """What is the share of `dlt` or `manual`."""
    config = load()
    if not config[collector + "_enabled"]:
        return []
    first = len(settings.SUBREDDITS) * config["dlt_percentage"] // 100 if config["dlt_enabled"] else 0
    return settings.SUBREDDITS[:first] if collector == "dlt" else settings.SUBREDDITS[first:]


def note(text):
    with open(LOG, "a", encoding="utf-8") as file:
        file.write(f"{now()} {text}\n")


def error_rate(last=20):
    """Of the pipeline's last runs, in percent."""
    try:
        with open(PIPELINE_LOG, encoding="utf-8") as file:
            words = [line.split()[1] for line in file][-last:]
    except OSError:
        return 0
    return 100 * words.count("ERROR") // max(len(words), 1)
