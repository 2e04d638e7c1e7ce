"""Learns to read handwritten digits: a multilayer perceptron, cross entropy and Adam, each in a few lines.

Run it with `python examples/digits.py [PICTURE.png]`. The data and its fixed split are described in
examples/data/README.md.
"""

import gzip
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from tqdm import tqdm

import millpond.core as mx

DATA = Path(__file__).parent / "data" / "digits.csv.gz"
LAYERS = [64, 128, 10]
EPOCHS, BATCH, LEARNING_RATE = 60, 64, 3e-3
WANTED_ACCURACY = 0.97


def load():
    """The images as rows of 64 numbers in [0, 1] and the digits they show, as (learned from, held out)."""
    with gzip.open(DATA, "rt") as lines:
        rows = [[int(number) for number in line.split(",")] for line in lines]

    def arrays(rows):
        table = mx.array(rows)
        return table[:, :-1].astype(mx.float32) / 16, table[:, -1]

    return arrays([row for i, row in enumerate(rows) if i % 5]), arrays(rows[::5])


def initial_parameters():
    """A weight and a bias per layer; He initialization (arXiv:1502.01852, equation 10)."""
    pairs = zip(LAYERS, LAYERS[1:])
    return [(mx.random.normal((m, n)) * (2 / m) ** 0.5, mx.zeros(n)) for m, n in pairs]


def predict(parameters, x):
    """The score of each digit, for each row of x."""
    *hidden, (w, b) = parameters
    for v, c in hidden:
        x = mx.maximum(x @ v + c, 0)
    return x @ w + b


def loss(parameters, x, y):
    """The mean cross entropy between the scores and the digits."""
    scores = predict(parameters, x)
    right = mx.take_along_axis(scores, y[:, None], axis=-1).squeeze(-1)
    return mx.mean(mx.logsumexp(scores, axis=-1) - right)


def adam(parameters, gradients, state, step):
    """One step of Adam (arXiv:1412.6980, algorithm 1); gives the new parameters and moments."""

    def update(p, g, m, v):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        rate = LEARNING_RATE * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
        return p - rate * m / (mx.sqrt(v) + 1e-8), m, v

    updated = [
        [update(*four) for four in zip(*layer)] for layer in zip(parameters, gradients, *state)
    ]
    split = [[tuple(three[i] for three in layer) for layer in updated] for i in range(3)]
    return split[0], (split[1], split[2])


def draw(path, losses, images, digits, read):
    """Writes the loss curve and some of the held-out images, each with what was read; mistakes in red, first."""
    order = sorted(range(len(digits)), key=lambda i: digits[i] == read[i])[:24]
    figure = plt.figure(figsize=(10, 5))
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.2))
    axes = left.subplots()
    axes.semilogy(losses)
    axes.set(title="loss", xlabel="step")
    for place, i in zip(right.subplots(4, 6).flat, order):
        place.imshow([images[i][8 * row : 8 * row + 8] for row in range(8)], cmap="gray_r")
        place.set_title(str(read[i]), color="black" if digits[i] == read[i] else "red", fontsize=9, pad=3)
        place.axis("off")
    figure.savefig(path, dpi=100)


def main():
    picture = sys.argv[1] if len(sys.argv) > 1 else "digits-python.png"
    mx.random.seed(0)
    (x, y), (held_x, held_y) = load()
    parameters = initial_parameters()
    zeros = [tuple(mx.zeros_like(p) for p in layer) for layer in parameters]
    state = zeros, zeros
    loss_and_gradients = mx.value_and_grad(loss)

    losses = []
    with tqdm(range(EPOCHS), desc="learning", unit="epoch") as epochs:
        for _ in epochs:
            order = mx.random.permutation(len(y))
            for start in range(0, len(y), BATCH):
                batch = order[start : start + BATCH]
                value, gradients = loss_and_gradients(parameters, x[batch], y[batch])
                parameters, state = adam(parameters, gradients, state, len(losses) + 1)
                mx.eval(parameters, state)
                losses.append(value.item())
            epochs.set_postfix(loss=f"{losses[-1]:.4f}")

    read = mx.argmax(predict(parameters, held_x), axis=-1)
    accuracy = mx.mean(read == held_y).item()
    print(f"held-out accuracy {100 * accuracy:.2f} % of {len(held_y)} images")
    draw(picture, losses, held_x.tolist(), held_y.tolist(), read.tolist())
    print(f"wrote {picture}")
    if accuracy < WANTED_ACCURACY:
        raise SystemExit(f"expected at least {100 * WANTED_ACCURACY:.0f} %")


if __name__ == "__main__":
    main()
