"""Train a softmax regression on data/split/train and measure it on the other two sides.

Reads params.json; writes model.json and metrics.json. The same data and parameters give the same bytes: files are taken in
order, and numbers are rounded far above what machines differ by.
"""

import glob
import json
import os

from sklearn.linear_model import LogisticRegression

from images import decode

DIGITS = 4


def examples_of(side):
    paths = sorted(glob.glob(f"data/split/{side}/digits/*/*.png"))
    return [[value / 255 for value in decode(path)] for path in paths], [
        int(os.path.basename(os.path.dirname(path))) for path in paths
    ]


def write_json(path, value):
    with open(path, "w", newline="\n", encoding="utf-8") as file:
        json.dump(value, file, indent=2, sort_keys=True)
        file.write("\n")


def main():
    with open("params.json", encoding="utf-8") as file:
        params = json.load(file)
    images, labels = examples_of("train")
    model = LogisticRegression(C=params["C"] * len(labels), max_iter=params["iterations"], random_state=params["seed"])
    model.fit(images, labels)
    metrics = {"train_images": len(labels)}
    for side in ["validation", "test"]:
        metrics[f"{side}_accuracy"] = round(float(model.score(*examples_of(side))), DIGITS)
    write_json(
        "model.json",
        {
            "digits": [int(digit) for digit in model.classes_],
            "weights": [[round(float(weight), DIGITS) for weight in line] for line in model.coef_],
            "bias": [round(float(weight), DIGITS) for weight in model.intercept_],
        },
    )
    write_json("metrics.json", metrics)
    print(json.dumps(metrics, sort_keys=True))


if __name__ == "__main__":
    main()
