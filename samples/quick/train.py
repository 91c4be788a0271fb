"""Learns to tell which side of a curve a point lies on: logistic regression in plain Python, on 600 points.

Needs Python 3.10 and nothing else. With more than one node each learns its own share of the points.
"""

import json
import math
import os
import random
import sys
import time
from pathlib import Path

EPOCHS = int(os.environ.get("EPOCHS", 20))
RANK = int(os.environ.get("SKYPILOT_NODE_RANK", 0))
NODES = int(os.environ.get("SKYPILOT_NUM_NODES", 1))
PAUSE = 0.07  # seconds after each epoch, so that there is something to watch


def report(kind: str, **fields) -> None:
    """One telemetry line, in a single write so that other output never tears it."""
    record = {"v": 1, "t": round(time.time() * 1000), "kind": kind, **fields}
    sys.stdout.write(f"##trainyard {json.dumps(record)}\n")
    sys.stdout.flush()


def points(count: int, seed: int) -> list[tuple[list[float], int]]:
    """Features of random points, with label 1 above the parabola y = x^2 and 0 below it."""
    chance = random.Random(seed)
    drawn = [(chance.uniform(-1, 1), chance.uniform(-0.5, 1)) for _ in range(count)]
    return [([1.0, x, y, x * x], int(y > x * x)) for x, y in drawn]


def predict(weights: list[float], features: list[float]) -> float:
    score = sum(weight * feature for weight, feature in zip(weights, features))
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, score))))


def train_epoch(weights: list[float], data: list[tuple[list[float], int]], rate: float) -> float:
    """One pass over `data`, changing `weights`; returns the mean loss."""
    loss = 0.0
    for features, label in data:
        guess = predict(weights, features)
        loss -= math.log(max(guess if label else 1 - guess, 1e-12))
        for i, feature in enumerate(features):
            weights[i] += rate * (label - guess) * feature
    return loss / len(data)


def check(epoch: int) -> None:
    if epoch == 3 and os.environ.get("BREAK_ON_NODE") == str(RANK):
        raise ValueError(f"the learning rate became negative in epoch {epoch} (take BREAK_ON_NODE out of the job file)")


def main() -> None:
    train, test = points(600, seed=1)[RANK::NODES], points(200, seed=2)
    weights = [0.0] * 4
    print(f"\033[1mnode {RANK} of {NODES}\033[0m: {len(train)} points to learn from, {len(test)} to test with", flush=True)
    accuracy = 0.0
    for epoch in range(1, EPOCHS + 1):
        report("phase", phase=f"epoch {epoch}")
        check(epoch)
        loss = train_epoch(weights, train, rate=0.5 / epoch**0.5)
        accuracy = sum((predict(weights, x) > 0.5) == bool(y) for x, y in test) / len(test)
        report("metric", step=epoch, metrics={"loss": loss})
        print(f"epoch {epoch:2}/{EPOCHS}  loss {loss:.4f}  accuracy {accuracy:.3f}", flush=True)
        time.sleep(PAUSE)
    model = Path("model")
    model.mkdir(exist_ok=True)
    (model / "weights.json").write_text(json.dumps(weights))
    print(f"\033[32mdone\033[0m: accuracy {accuracy:.3f}, the weights are in model/", flush=True)


main()
