"""Learns which of two interleaved half-moons a point belongs to: a small neural network in plain Python.

Needs Python 3.10 and nothing else. With more than one node each learns from its own share of the points.
"""

import json
import math
import os
import random
import sys
import time
from pathlib import Path

EPOCHS = int(os.environ.get("EPOCHS", 20))
EXTRA_POINTS = os.environ.get("EXTRA_POINTS")  # a file of points that join from the second epoch on
RANK = int(os.environ.get("SKYPILOT_NODE_RANK", 0))
NODES = int(os.environ.get("SKYPILOT_NUM_NODES", 1))
HIDDEN = 8  # neurons
CHECKPOINTS = Path("checkpoints")
MODEL = Path("model")

Point = tuple[float, float, int]  # x, y, and the moon: 0 or 1


def report(kind: str, **fields) -> None:
    """One telemetry line, in a single write so that other output never tears it."""
    record = {"v": 1, "t": round(time.time() * 1000), "kind": kind, **fields}
    sys.stdout.write(f"##trainyard {json.dumps(record)}\n")
    sys.stdout.flush()


def moons(count: int, seed: int) -> list[Point]:
    chance = random.Random(seed)
    points = []
    for _ in range(count):
        angle, moon = chance.uniform(0, math.pi), chance.randrange(2)
        x, y = (1 - math.cos(angle), 0.5 - math.sin(angle)) if moon else (math.cos(angle), math.sin(angle))
        points.append((x + chance.gauss(0, 0.15), y + chance.gauss(0, 0.15), moon))
    return points


def read_points(file: str) -> list[Point]:
    """This node's part of a file with one point a line."""
    lines = Path(file).read_text().splitlines()
    mine = lines[RANK * len(lines) // NODES : (RANK + 1) * len(lines) // NODES]
    return [read_point(line) for line in mine]


def read_point(line: str) -> Point:
    x, y, moon = line.split(",")
    return float(x), float(y), int(moon)


class Network:
    """Two inputs, one hidden layer of tanh neurons, and the probability of moon 1."""

    def __init__(self) -> None:
        chance = random.Random(0)
        self.hidden = [[chance.gauss(0, 1) for _ in range(3)] for _ in range(HIDDEN)]
        self.out = [chance.gauss(0, 0.5) for _ in range(HIDDEN + 1)]

    def forward(self, x: float, y: float) -> tuple[list[float], float]:
        inner = [math.tanh(a * x + b * y + c) for a, b, c in self.hidden]
        score = sum(weight * value for weight, value in zip(self.out, inner)) + self.out[-1]
        return inner, 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))

    def learn(self, x: float, y: float, moon: int, rate: float) -> float:
        """One step of gradient descent on one point; returns the loss before it."""
        inner, guess = self.forward(x, y)
        error = rate * (moon - guess)
        for i, value in enumerate(inner):
            back = error * self.out[i] * (1 - value * value)
            self.out[i] += error * value
            weights = self.hidden[i]
            weights[0] += back * x
            weights[1] += back * y
            weights[2] += back
        self.out[-1] += error
        return -math.log(max(guess if moon else 1 - guess, 1e-12))

    def accuracy(self, points: list[Point]) -> float:
        return sum((self.forward(x, y)[1] > 0.5) == bool(moon) for x, y, moon in points) / len(points)


def learn_all(network: Network, points: list[Point], epoch: int) -> float:
    """One pass over the points in a new order; returns the mean loss."""
    rate = 0.004
    random.Random(epoch).shuffle(points)
    losses = 0.0
    for number, (x, y, moon) in enumerate(points, 1):
        losses += network.learn(x, y, moon, rate)
        if number % 500 == 0 or number == len(points):
            # Back to the start of the line: a progress bar as tqdm draws it.
            print(f"\repoch {epoch:2}: {number:5}/{len(points)} points", end="", flush=True)
    print(flush=True)
    return losses / len(points)


def save(path: Path, network: Network) -> None:
    """Under another name first: a file that is there is always whole."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps({"hidden": network.hidden, "out": network.out}))
    draft.replace(path)


def main() -> None:
    train, test = moons(6000, seed=1)[RANK::NODES], moons(500, seed=2)
    network = Network()
    print(f"\033[1mnode {RANK} of {NODES}\033[0m: {len(train)} points to learn from, {len(test)} to test with", flush=True)
    accuracy = 0.0
    for epoch in range(1, EPOCHS + 1):
        report("phase", phase=f"epoch {epoch}")
        if epoch == 2 and EXTRA_POINTS:
            train += read_points(EXTRA_POINTS)
        loss = learn_all(network, train, epoch)
        accuracy = network.accuracy(test)
        report("metric", step=epoch, metrics={"loss": loss})
        print(f"epoch {epoch:2}/{EPOCHS}  loss {loss:.4f}  accuracy {accuracy:.3f}", flush=True)
        if epoch % 5 == 0:
            path = CHECKPOINTS / f"epoch-{epoch:02}.json"
            save(path, network)
            report("phase", phase="checkpoint", path=str(path))
    save(MODEL / "weights.json", network)
    print(f"\033[32mdone\033[0m: accuracy {accuracy:.3f}, the weights are in {MODEL}/", flush=True)


main()
