"""Not Astral's uv, but as much of it as the runbook needs: pure wheels from one folder, into one environment.

usage: uv pip install [--dry-run] PACKAGE... | uv pip uninstall PACKAGE... | uv pip freeze | uv run COMMAND...

UV_FIND_LINKS is the folder, UV_PYTHON_ENVIRONMENT the environment. Nothing is looked for on the network.
"""

import base64
import csv
import glob
import hashlib
import importlib.metadata
import os
import sys
import zipfile

WHEELS, ENVIRONMENT = os.environ["UV_FIND_LINKS"], os.environ["UV_PYTHON_ENVIRONMENT"]
PACKAGES = glob.glob(os.path.join(ENVIRONMENT, "lib", "python3*", "site-packages"))[0]


def installed():
    return {found.metadata["Name"]: found for found in importlib.metadata.distributions(path=[PACKAGES])}


def unpack(path):
    """What the wheel says of itself comes last: a package that is only half there does not count as installed."""
    with zipfile.ZipFile(path) as wheel:
        record = next(name for name in wheel.namelist() if name.endswith(".dist-info/RECORD"))
        rows = list(csv.reader(wheel.read(record).decode().splitlines()))
        for name, digest, _ in rows:
            if os.path.isabs(name) or ".." in name.split("/"):
                sys.exit(f"error: {path} reaches outside of the environment: {name}")
            kind, _, wanted = digest.partition("=")
            if kind and base64.urlsafe_b64encode(hashlib.new(kind, wheel.read(name)).digest()).rstrip(b"=").decode() != wanted:
                sys.exit(f"error: {path} is damaged: {name} is not what RECORD says")
        for name, *_ in sorted(rows, key=lambda row: (".dist-info/" in row[0], row[0].endswith("/METADATA"))):
            os.makedirs(os.path.dirname(os.path.join(PACKAGES, name)), exist_ok=True)
            with open(os.path.join(PACKAGES, name), "wb") as file:
                file.write(wheel.read(name))


def install(names):
    dry = "--dry-run" in names
    names = [name for name in names if name != "--dry-run"]
    wheels = {}
    for name in set(names) - set(installed()):
        found = sorted(glob.glob(os.path.join(WHEELS, glob.escape(name.replace("-", "_")) + "-*-py3-none-any.whl")))
        if not found:
            sys.exit(f"error: {name} was not found in {WHEELS}")
        wheels[name] = found[-1]
    if dry:
        print("Would install", len(wheels), "of", len(set(names)), "packages", file=sys.stderr)
        return
    for name, path in wheels.items():
        unpack(path)
        print(" +", name, file=sys.stderr)
    print("Installed", len(wheels), "of", len(set(names)), "packages", file=sys.stderr)


def uninstall(names):
    for name in names:
        found = installed().get(name)
        if found is None:
            print("warning: skipping", name, "as it is not installed", file=sys.stderr)
            continue
        paths = [str(found.locate_file(file)) for file in found.files]
        for path in sorted(paths, key=lambda path: not path.endswith("/METADATA")):
            os.remove(path)
        for folder in {os.path.dirname(path) for path in paths}:
            os.rmdir(folder)
        print(" -", name, file=sys.stderr)


def main(arguments):
    if arguments[:2] == ["pip", "install"] and arguments[2:]:
        install(arguments[2:])
    elif arguments[:2] == ["pip", "uninstall"] and arguments[2:]:
        uninstall(arguments[2:])
    elif arguments == ["pip", "freeze"]:
        print("".join(f"{name}=={found.version}\n" for name, found in sorted(installed().items())), end="")
    elif arguments[:1] == ["run"] and arguments[1:]:
        os.environ["PATH"] = os.path.join(ENVIRONMENT, "bin") + ":" + os.environ["PATH"]
        os.execvp(arguments[1], arguments[1:])
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
