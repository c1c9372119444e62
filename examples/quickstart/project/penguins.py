"""What training and prediction share: reading rows, and the scores of a model."""

import csv
import math

SPECIES = ["Adelie", "Chinstrap", "Gentoo"]
FEATURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def read_rows(paths):
    rows = []
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def features_of(row, means, deviations):
    """The standardised measurements, and a 1 for the bias."""
    values = [float(row[name]) for name in FEATURES]
    return [(value - mean) / deviation for value, mean, deviation in zip(values, means, deviations)] + [1.0]


def probabilities(weights, features):
    scores = [sum(weight * feature for weight, feature in zip(line, features)) for line in weights]
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
