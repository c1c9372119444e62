#!/usr/bin/env python3
"""Makes the wheel that `pip install` puts the program into an environment from: wheel.py PROGRAM FOLDER.

It holds the program and its manual, and no Python. Nothing is downloaded, here or when it is installed or run. A Python package
beside the program goes into `files()` when there is one.
"""

import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import zipfile

NAME = "vx_data"
HERE = pathlib.Path(__file__).resolve().parent

# What a page of the package shows. It names no address: the package says nowhere where it is from.
DESCRIPTION = """\
# vx

vx versions data and models the way git versions code: inside git's own branches. Git holds code, small pointers and records; a
content-addressed store beside it holds the bytes. There is no server and no second history: `git checkout` of one tag brings back
the code, the data, the model and its metrics together, and `vx reproduce` trains the model again and says whether it came out the
same.

This package puts the program `vx` into an environment of Python's, with its manual and completions. It needs git 2.30 or later,
and nothing is downloaded when it is installed or run.

    vx init shop && cd shop         # a git repository whose data vx looks after
    cp ~/table.csv . && vx add table.csv
    git add --all && git commit -m "The first table"
    vx remote add store /mnt/share  # or s3://bucket/prefix, ssh://host/path, rclone:NAME:path
    git commit -am "Data goes to the share"

- `vx self-check` says what is here and what is not, what that costs, and what to type.
- `vx help` lists commands and topics; `vx help tour` goes from nothing to a snapshot.
- Hooks, filter and `vx ci` hold branches to rules: where raw data came from, what was cleaned, which model a batch is for.
"""

# The C libraries that a manylinux tag can name and pip's tools know: PEP 600, and auditwheel's list of policies.
POLICIES = [17, 24, 26, 27, 28, 31, 34, 35, 36, 37, 38, 39]


def platform(program):
    """The tag that says which machines it runs on, by what the program asks of the C library."""
    asked = subprocess.run(["objdump", "-T", program], check=True, stdout=subprocess.PIPE, text=True).stdout
    newest = max(int(minor) for minor in re.findall(r"GLIBC_2\.([0-9]+)", asked))
    policy = next(policy for policy in POLICIES if policy >= newest)
    return f"manylinux_2_{policy}_{os.uname().machine}"


def licence():
    """What the copyright file says of vx itself."""
    name = re.search(r"^Files: \*\n(?:.+\n)*?License: (.+)$", (HERE / "copyright").read_text(encoding="utf-8"), re.MULTILINE)[1]
    return {"not-chosen": "none chosen yet: all rights reserved"}.get(name, name)


def files(stage):
    """Paths in the wheel, with where they are."""
    found = []
    for path in sorted(stage.rglob("*")):
        if not path.is_file():
            continue
        inside = path.relative_to(stage)
        part = pathlib.Path("scripts", inside.name) if inside.parts[0] == "bin" else pathlib.Path("data", inside)
        found.append((part, path))
    return found


def main():
    program, out = sys.argv[1], pathlib.Path(sys.argv[2])
    version = subprocess.run([program, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    tag = f"py3-none-{platform(program)}"
    moment = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    info = f"{NAME}-{version}.dist-info"
    metadata = f"""\
Metadata-Version: 2.1
Name: {NAME.replace("_", "-")}
Version: {version}
Summary: Version data and models in git's own branches: the command vx.
License: {licence()}
Keywords: data versioning,model versioning,git,machine learning,reproducibility
Platform: linux
Requires-Python: >=3.8
Requires-External: git (>=2.30)
Classifier: Development Status :: 4 - Beta
Classifier: Environment :: Console
Classifier: Intended Audience :: Developers
Classifier: Intended Audience :: Science/Research
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence
Classifier: Topic :: Software Development :: Version Control :: Git
Description-Content-Type: text/markdown

{DESCRIPTION}"""
    wheel = f"Wheel-Version: 1.0\nGenerator: vx\nRoot-Is-Purelib: false\nTag: {tag}\n"
    record = []
    path = out / f"{NAME}-{version}-{tag}.whl"
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        stage = pathlib.Path(scratch) / "stage"
        subprocess.run(["bash", HERE / "stage.sh", program, stage], check=True)

        def add(name, data, mode):
            entry = zipfile.ZipInfo(str(name), moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}")

        for part, source in files(stage):
            executable = part.parts[0] == "scripts"
            add(f"{NAME}-{version}.data/{part}", source.read_bytes(), 0o755 if executable else 0o644)
        add(f"{info}/METADATA", metadata.encode(), 0o644)
        add(f"{info}/WHEEL", wheel.encode(), 0o644)
        record.append(f"{info}/RECORD,,")
        entry = zipfile.ZipInfo(f"{info}/RECORD", moment)
        entry.external_attr = 0o100644 << 16
        archive.writestr(entry, "\n".join(record) + "\n")
    print(path)


main()
