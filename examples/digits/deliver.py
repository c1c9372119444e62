"""Play the scanner: write a range of scikit-learn's handwritten digits as PNG files, one folder for each digit.

Usage: deliver.py FOLDER FIRST LAST [--break]

With --break, five more files arrive that are no good: cut short, with a wrong checksum, empty, text under an image's name,
and a second copy of an image.
"""

import os
import sys

# The folder this stands in is somebody's clone: nothing is written there.
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "project"))

from images import encode  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402


def main(folder, first, last, breaks):
    digits = load_digits()
    last = min(last, len(digits.images))

    def image(number):
        return encode([[int(value) * 255 // 16 for value in row] for row in digits.images[number]])

    def write(label, name, data):
        os.makedirs(os.path.join(folder, str(label)), exist_ok=True)
        with open(os.path.join(folder, str(label), name), "wb") as file:
            file.write(data)

    for number in range(first, last):
        write(digits.target[number], f"{number:04}.png", image(number))
    if breaks:
        whole = image(first)
        wrong = bytearray(whole)
        wrong[45] ^= 1
        write(0, "cut-short.png", whole[: len(whole) // 2])
        write(1, "wrong-checksum.png", bytes(wrong))
        write(2, "empty.png", b"")
        write(3, "text.png", b"The scanner was out of paper.\n")
        write(digits.target[first], "second-copy.png", whole)
    print(f"{last - first} digits{', and five files that are no good' if breaks else ''}")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:] == ["--break"])
