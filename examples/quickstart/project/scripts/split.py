"""Divide rows into train, validation and test.

Usage: split.py CLEAN.csv FOLDER

Writes FOLDER/{train,validation,test}/<name of CLEAN.csv>. The side of a row is decided by a hash of the row and the key
below, by nothing else: a row keeps its side when more data comes, and equal rows are never on two sides.
"""

import hashlib
import os
import sys

KEY = "penguins-1"
SHARES = [("train", 0.70), ("validation", 0.15), ("test", 0.15)]


def side_of(row):
    digest = hashlib.sha256(f"{KEY}\n{row}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    for name, share in SHARES:
        if position < share:
            return name
        position -= share
    return SHARES[-1][0]


def main(source, folder):
    with open(source, encoding="utf-8") as file:
        header, *rows = file.read().splitlines()
    sides = {name: [] for name, _ in SHARES}
    for row in rows:
        sides[side_of(row)].append(row)
    for name, members in sides.items():
        target = os.path.join(folder, name, os.path.basename(source))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", newline="\n", encoding="utf-8") as file:
            file.write("\n".join([header, *members]) + "\n")
        print(f"{target}: {len(members)} of {len(rows)} rows")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
