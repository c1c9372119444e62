"""Say which species the penguins of a batch are.

Usage: predict.py BATCH.csv PREDICTIONS.csv
"""

import csv
import json
import sys

from penguins import features_of, probabilities, read_rows


def main(source, target):
    with open("model.json", encoding="utf-8") as file:
        model = json.load(file)
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "species", "probability"])
        for number, row in enumerate(read_rows([source]), start=1):
            answer = probabilities(model["weights"], features_of(row, model["means"], model["deviations"]))
            best = answer.index(max(answer))
            writer.writerow([number, model["species"][best], f"{answer[best]:.4f}"])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
