#!/usr/bin/env python3
"""The fenced blocks of documents as files of their own, to begin fuzzing with: fences.py OUT shell|sql FILE..."""
import hashlib
import pathlib
import sys

LANGUAGES = {"shell": {"bash", "sh", "shell", "console", "zsh"}, "sql": {"sql", "psql", "postgresql"}}


def fences(text, languages):
    wanted, part = False, None
    for line in text.splitlines(keepends=True):
        mark = line.strip()
        if mark.startswith("```"):
            if part is None:
                wanted, part = mark.strip("`").strip().lower().split(" ")[0] in languages, []
            else:
                if wanted and part:
                    yield "".join(part)
                part = None
        elif part is not None:
            part.append(line)


out, languages = pathlib.Path(sys.argv[1]), LANGUAGES[sys.argv[2]]
out.mkdir(parents=True, exist_ok=True)
for name in sys.argv[3:]:
    for fence in fences(pathlib.Path(name).read_text(errors="replace"), languages):
        (out / hashlib.sha256(fence.encode()).hexdigest()[:24]).write_text(fence)
