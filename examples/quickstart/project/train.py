"""Train a softmax regression on data/split/train and measure it on the other two sides.

Reads params.json; writes model.json and metrics.json. The same data and parameters give the same bytes: the start is
seeded, the rows are taken in a fixed order, and numbers are rounded far above what machines differ by.
"""

import glob
import json
import math
import random

from penguins import FEATURES, SPECIES, features_of, probabilities, read_rows

DIGITS = 6


def rows_of(side):
    return read_rows(sorted(glob.glob(f"data/split/{side}/*.csv")))


def mean_and_deviation(rows, name):
    values = [float(row[name]) for row in rows]
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / len(values)
    return round(mean, DIGITS), round(math.sqrt(variance), DIGITS)


def fit(examples, params):
    """Full-batch gradient descent; `examples` are pairs of features and the number of the species."""
    generator = random.Random(params["seed"])
    weights = [[generator.uniform(-0.01, 0.01) for _ in range(len(FEATURES) + 1)] for _ in SPECIES]
    step = params["learning_rate"] / len(examples)
    for _ in range(params["epochs"]):
        gradients = [[params["l2"] * weight for weight in line] for line in weights]
        for features, label in examples:
            for species, probability in enumerate(probabilities(weights, features)):
                error = probability - (species == label)
                for position, feature in enumerate(features):
                    gradients[species][position] += error * feature
        for line, gradient in zip(weights, gradients):
            for position, slope in enumerate(gradient):
                line[position] -= step * slope
    return [[round(weight, DIGITS) for weight in line] for line in weights]


def measure(weights, examples):
    right, loss = 0, []
    for features, label in examples:
        answer = probabilities(weights, features)
        right += answer.index(max(answer)) == label
        loss.append(-math.log(answer[label]))
    return round(right / len(examples), DIGITS), round(math.fsum(loss) / len(loss), DIGITS)


def write_json(path, value):
    with open(path, "w", newline="\n", encoding="utf-8") as file:
        json.dump(value, file, indent=2, sort_keys=True)
        file.write("\n")


def main():
    with open("params.json", encoding="utf-8") as file:
        params = json.load(file)
    sides = {side: rows_of(side) for side in ["train", "validation", "test"]}
    scale = [mean_and_deviation(sides["train"], name) for name in FEATURES]
    means, deviations = [list(column) for column in zip(*scale)]
    examples = {
        side: [(features_of(row, means, deviations), SPECIES.index(row["species"])) for row in rows]
        for side, rows in sides.items()
    }
    weights = fit(examples["train"], params)
    metrics = {"train_rows": len(examples["train"])}
    for side in ["validation", "test"]:
        metrics[f"{side}_accuracy"], metrics[f"{side}_loss"] = measure(weights, examples[side])
    model = {"features": FEATURES, "species": SPECIES, "means": means, "deviations": deviations, "weights": weights}
    write_json("model.json", model)
    write_json("metrics.json", metrics)
    print(json.dumps(metrics, sort_keys=True))


if __name__ == "__main__":
    main()
