"""Trains a small convolutional network on the UCI handwritten digits with DistributedDataParallel over gloo.

`torchrun train.py` is all it takes: torchrun reads the number of nodes and its own place from the environment. Lines that
start with `##trainyard` become charts and a timeline in the editor; everything else is an ordinary log.
"""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

EPOCHS = int(os.environ.get("EPOCHS", 20))
LEARNING_RATE = float(os.environ.get("LEARNING_RATE", 0.002))
BATCH = 32  # images a process and step
CHECKPOINTS = Path("checkpoints")
MODEL = Path("model")


def report(kind: str, **fields) -> None:
    """One telemetry line, in a single write so that other output never tears it."""
    record = {"v": 1, "t": round(time.time() * 1000), "kind": kind, **fields}
    sys.stdout.write(f"##trainyard {json.dumps(record)}\n")
    sys.stdout.flush()


def join_the_others() -> int:
    """Starts the process group and returns this process's rank among all nodes."""
    loopback = next((name for _, name in socket.if_nameindex() if name in ("lo", "lo0")), None)
    if loopback and os.environ.get("MASTER_ADDR") == "127.0.0.1":
        # Every node is this machine. Without this gloo looks its host name up, which fails where that has no address.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    dist.init_process_group("gloo")
    return dist.get_rank()


def digits() -> tuple[TensorDataset, TensorDataset]:
    """1,797 images of 8 x 8 pixels that scikit-learn carries: 80 % to learn from, 20 % to test with."""
    images, labels = load_digits(return_X_y=True)
    parts = train_test_split(images / 16.0, labels, test_size=0.2, random_state=0, stratify=labels)
    train_x, test_x = (torch.tensor(part, dtype=torch.float32).reshape(-1, 1, 8, 8) for part in parts[:2])
    train_y, test_y = (torch.tensor(part) for part in parts[2:])
    return TensorDataset(train_x, train_y), TensorDataset(test_x, test_y)


def network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def total(*values: float) -> list[float]:
    """The sums of `values` over all processes."""
    sums = torch.tensor(values, dtype=torch.float64)
    dist.all_reduce(sums)
    return sums.tolist()


def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Each process tests its own share of the images; no image counts twice."""
    share = slice(dist.get_rank(), None, dist.get_world_size())
    model.eval()
    with torch.no_grad():
        right = (model(images[share]).argmax(1) == labels[share]).sum().item()
    model.train()
    correct, count = total(right, len(labels[share]))
    return correct / count


def save(path: Path, state: dict) -> None:
    """Under another name first: a file that is there is always whole."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".part")
    torch.save(state, draft)
    draft.replace(path)


def latest_checkpoint() -> dict | None:
    """The newest that can be read. Only the first node has them, so it tells the others."""
    found = [None]
    if dist.get_rank() == 0:
        for path in sorted(CHECKPOINTS.glob("epoch-*.pt"), reverse=True):
            try:
                found = [torch.load(path, weights_only=True)]
                break
            except Exception as error:  # a damaged file raises one of many kinds
                print(f"{path} can't be read, so an older one is taken: {error}", flush=True)
    dist.broadcast_object_list(found)
    return found[0]


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rank = join_the_others()

    stopping = False

    def stop(_signal, _frame) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)

    train, test = digits()
    # Each process sees its own part of the images, mixed anew in each epoch.
    sampler = DistributedSampler(train, seed=0)
    loader = DataLoader(train, batch_size=BATCH, sampler=sampler)
    model = DistributedDataParallel(network())
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    loss_of = nn.CrossEntropyLoss()
    first, score = 0, 0.0
    if checkpoint := latest_checkpoint():
        model.module.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        first, score = checkpoint["epochs"], checkpoint["accuracy"]
    world = dist.get_world_size()
    print(f"rank {rank} of {world}: {len(sampler)} of {len(train)} images, from epoch {first + 1} on", flush=True)

    for epoch in range(first, EPOCHS):
        began = time.monotonic()
        if rank == 0:
            report("phase", phase=f"epoch {epoch + 1}")
        sampler.set_epoch(epoch)
        sum_of_losses = 0.0
        for batch, (images, labels) in enumerate(loader):
            optimizer.zero_grad()
            loss = loss_of(model(images), labels)
            loss.backward()
            optimizer.step()
            sum_of_losses += loss.item()
            if rank == 0 and batch % 5 == 0:
                report("metric", step=epoch * len(loader) + batch, metrics={"loss": loss.item()})
        speed = len(train) / (time.monotonic() - began)
        score = accuracy(model.module, *test.tensors)
        mean, stops = total(sum_of_losses / len(loader) / world, float(stopping))
        if rank == 0:
            figures = {"accuracy": score, "epoch_loss": mean}
            report("metric", step=(epoch + 1) * len(loader), epoch=epoch + 1, metrics=figures)
            path = CHECKPOINTS / f"epoch-{epoch + 1:03}.pt"
            states = {"model": model.module.state_dict(), "optimizer": optimizer.state_dict()}
            save(path, {"epochs": epoch + 1, "accuracy": score, **states})
            report("phase", phase="checkpoint", path=str(path))
            print(f"epoch {epoch + 1:2}/{EPOCHS}  loss {mean:.4f}  accuracy {score:.3f}  {speed:.0f} images/s", flush=True)
        # All processes learn here that one was asked to stop. If it left alone, the others would wait for it.
        if stops and epoch + 1 < EPOCHS:
            print(f"rank {rank}: stopping, with the checkpoint of epoch {epoch + 1}", flush=True)
            dist.destroy_process_group()
            sys.exit(128 + signal.SIGTERM)

    if rank == 0:
        save(MODEL / "digits.pt", model.module.state_dict())
        labels = {"classes": [str(digit) for digit in range(10)], "input": [1, 8, 8], "pixels": "0 to 1, dark is high"}
        figures = {"accuracy": score, "test_images": len(test), "train_images": len(train), "epochs": EPOCHS}
        (MODEL / "labels.json").write_text(json.dumps(labels, indent=2))
        (MODEL / "metrics.json").write_text(json.dumps(figures, indent=2))
        print(f"test accuracy {score:.3f} on {len(test)} images; the model is in {MODEL}/", flush=True)
    dist.destroy_process_group()
    if rank > 0:
        # The first node's torchrun is where the others report that they are done. If it went first, each of them would end
        # its log with an error of a lost connection.
        time.sleep(1)


main()
