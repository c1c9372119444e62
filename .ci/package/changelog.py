#!/usr/bin/env python3
"""Reads docs/changelog.md: what is new, for each kind of package.

    changelog.py version                    the newest version in it
    changelog.py notes                      what is said of that version
    changelog.py debian VERSION MAINTAINER  the whole as Debian's changelog; VERSION is the newest one's there
"""

import datetime
import pathlib
import re
import sys
import textwrap

CHANGELOG = pathlib.Path(__file__).resolve().parents[2] / "docs" / "changelog.md"


def releases():
    """Version, date and lines of each release, the newest first."""
    found = []
    for line in CHANGELOG.read_text(encoding="utf-8").splitlines():
        head = re.fullmatch(r"## ([0-9]+\.[0-9]+\.[0-9]+), ([0-9]{4}-[0-9]{2}-[0-9]{2})", line)
        if head:
            found.append((head[1], datetime.date.fromisoformat(head[2]), []))
        elif line.startswith("## "):
            sys.exit(f"changelog.py: this is no release's line, such as '## 1.2.3, 2030-01-31': {line}")
        elif found:
            found[-1][2].append(line)
    if not found:
        sys.exit(f"changelog.py: {CHANGELOG} names no release")
    return found


def entries(lines):
    """The items of a list, each as one line."""
    items = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        elif line.strip() and items:
            items[-1] += " " + line.strip()
    return items


def debian(version, maintainer):
    names = "Mon Tue Wed Thu Fri Sat Sun".split()
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    for number, date, lines in releases():
        own = version if version.startswith(number + "-") else number + "-1"
        print(f"vx ({own}) unstable; urgency=medium\n")
        for item in entries(lines):
            print(textwrap.fill(item.replace("`", "'"), 76, initial_indent="  * ", subsequent_indent="    "))
        print(f"\n -- {maintainer}  {names[date.weekday()]}, {date.day:02} {months[date.month - 1]} {date.year} 00:00:00 +0000\n")


def main():
    command, *rest = sys.argv[1:]
    if command == "version":
        print(releases()[0][0])
    elif command == "notes":
        print("\n".join(releases()[0][2]).strip())
    elif command == "debian":
        debian(*rest)
    else:
        sys.exit(__doc__)


main()
