"""Keep only the rows that are complete and possible.

Usage: clean.py RAW.csv CLEAN.csv
"""

import csv
import sys

SPECIES = {"Adelie", "Chinstrap", "Gentoo"}

# What a grown penguin of these species can measure, with room to spare.
RANGES = {
    "bill_length_mm": (25, 70),
    "bill_depth_mm": (10, 25),
    "flipper_length_mm": (150, 260),
    "body_mass_g": (2000, 7500),
}


def is_valid(row):
    if row["species"] not in SPECIES or "NA" in row.values() or "" in row.values():
        return False
    return all(low <= float(row[name]) <= high for name, (low, high) in RANGES.items())


def main(source, target):
    with open(source, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    valid = [row for row in rows if is_valid(row)]
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, reader.fieldnames, lineterminator="\n")
        writer.writeheader()
        writer.writerows(valid)
    print(f"{target}: kept {len(valid)} of {len(rows)} rows")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
