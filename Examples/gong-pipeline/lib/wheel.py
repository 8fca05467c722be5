"""Builds gong_wire's wheel: a zip file with three lists in it.

usage: wheel.py PACKAGE-FOLDER OUTPUT-FOLDER
"""

import base64
import hashlib
import os
import sys
import zipfile

package, output = sys.argv[1:]
name = os.path.basename(package)
info = f"{name}-1.0.dist-info"
files = {f"{name}/{file}": open(os.path.join(package, file), "rb").read() for file in os.listdir(package) if file.endswith(".py")}
files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n".encode()
files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: this world\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
record = "".join(
    f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
    for path, data in files.items()
)
files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
with zipfile.ZipFile(os.path.join(output, f"{name}-1.0-py3-none-any.whl"), "w") as wheel:
    for path, data in files.items():
        wheel.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), data)
