"""A crontab of this world's own: a table for each user in one folder, with the words and exit statuses of Debian's.

usage: crontab [-u USER] FILE | crontab [-u USER] { -l | -r | -e }        FILE may be -

CRONTAB_SPOOL is the folder. Nothing runs by itself: `world tick` is what cron does in one minute.
"""

import os
import pwd
import re
import shlex
import subprocess
import sys
import tempfile

FIELD = r"(?:\*|[0-9]+(?:-[0-9]+)?)(?:/[0-9]+)?"
FIELDS = rf"(?:{FIELD}|[A-Za-z]{{3}})(?:,(?:{FIELD}|[A-Za-z]{{3}}))*"
LINE = re.compile(
    rf"\s*(?:#.*|[A-Za-z_][A-Za-z0-9_]*\s*=.*|@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)\s+\S.*"
    rf"|(?:{FIELDS}\s+){{5}}\S.*)?$")


def install(text, path):
    for number, line in enumerate(text.splitlines(), 1):
        if not LINE.match(line):
            sys.exit(f'"-":{number}: bad minute\nerrors in crontab file, can\'t install.')
    if text and not text.endswith("\n"):
        sys.exit("new crontab file is missing newline before EOF, can't install.")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def read(path, user):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        sys.exit(f"no crontab for {user}")


def edit(path):
    before = ""
    if os.path.exists(path):
        before = read(path, "")
    with tempfile.NamedTemporaryFile("w+", suffix=".crontab", encoding="utf-8") as file:
        file.write(before)
        file.flush()
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        if subprocess.run(f"{editor} {shlex.quote(file.name)}", shell=True).returncode != 0:
            sys.exit("crontab: the editor failed")
        after = open(file.name, encoding="utf-8").read()
    if after == before:
        print("No modification made", file=sys.stderr)
    else:
        install(after, path)
        print("crontab: installing new crontab", file=sys.stderr)


def main(arguments):
    user = pwd.getpwuid(os.getuid()).pw_name
    if arguments[:1] == ["-u"] and len(arguments) > 2:
        user, arguments = arguments[1], arguments[2:]
    if len(arguments) != 1 or "/" in user:
        sys.exit(__doc__)
    path = os.path.join(os.environ["CRONTAB_SPOOL"], user)
    if arguments == ["-l"]:
        sys.stdout.write(read(path, user))
    elif arguments == ["-r"]:
        read(path, user)
        os.remove(path)
    elif arguments == ["-e"]:
        edit(path)
    elif arguments == ["-"]:
        install(sys.stdin.read(), path)
    elif arguments[0].startswith("-"):
        sys.exit(__doc__)
    else:
        try:
            with open(arguments[0], encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            sys.exit(f"{arguments[0]}: {error.strerror}")
        install(text, path)


main(sys.argv[1:])
