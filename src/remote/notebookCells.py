"""The runs of cells, each with its journal. A part of notebookServer.py."""

import asyncio
import json
import os
import sys
import time

# Bytes of one cell's journal, beyond which its output is no longer kept, and of all journals.
CELL_BYTES = 256 << 20
ALL_BYTES = 1 << 30
ALL_DAYS = 14

# The folder of the server; its program sets it.
root = ""
cells = {}


def journal_path(cell_id):
    return os.path.join(root, "journal", cell_id)


class Cell:
    """One run of a cell's code, and its journal."""

    def __init__(self, cell_id, kernel_id, code):
        self.id, self.kernel, self.code = cell_id, kernel_id, code
        self.state = "queued"
        self.size = 0
        self.request = 0
        self.asked = False
        self.replied = asyncio.Event()
        self.idle = asyncio.Event()
        self.reply = {}
        self.grew = asyncio.Event()
        self.cut = False
        self.file = open(journal_path(cell_id), "ab", buffering=0)
        cells[cell_id] = self

    def write(self, kind, **fields):
        """Adds a record. Output beyond the limit is left out, which is said once; how a cell ended is always told."""
        if self.state == "ended":
            return
        line = json.dumps({"type": kind, "t": int(time.time() * 1000), **fields}, default=str).encode() + b"\n"
        if kind != "ended" and self.size + len(line) > CELL_BYTES:
            if self.cut:
                return
            self.cut = True
            line = json.dumps({"type": "cut", "t": int(time.time() * 1000), "bytes": CELL_BYTES}).encode() + b"\n"
        try:
            self.file.write(line)
        except OSError as error:
            # A full disk must not end the cell. What was written in part is a broken line, which readers skip.
            print("journal of %s: %s" % (self.id, error), file=sys.stderr)
        self.size = self.file.tell()
        self.grew.set()
        self.grew = asyncio.Event()

    def end(self, status, **fields):
        if self.state == "ended":
            return
        self.write("ended", status=status, **fields)
        self.state = "ended"
        self.file.close()
        self.grew.set()
        self.replied.set()
        self.idle.set()
        tidy()


def tidy():
    """Removes the oldest journals of ended cells where they are too old or too large together."""
    entries = [entry for entry in os.scandir(os.path.join(root, "journal")) if entry.is_file()]
    entries.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
    total = 0
    for entry in entries:
        total += entry.stat().st_size
        cell = cells.get(entry.name)
        if cell and cell.state != "ended":
            continue
        if total > ALL_BYTES or entry.stat().st_mtime < time.time() - ALL_DAYS * 86400:
            os.unlink(entry.path)
            cells.pop(entry.name, None)
