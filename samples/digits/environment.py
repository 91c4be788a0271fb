"""Makes `.venv` here: a link to a Python environment that has what requirements.txt asks for.

The environment is made once per machine, in the user's cache, and shared by every node and every later run. A Python that
has the packages already is used as it is. Python 3.10 or later and only its standard library are needed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
CHECK = "import torch, sklearn, numpy"


def stop(why: str) -> None:
    sys.exit(f"environment.py: {why}")


def works(prefix: Path) -> bool:
    python = prefix / "bin" / "python3"
    torchrun = prefix / "bin" / "torchrun"
    return torchrun.exists() and subprocess.run([python, "-c", CHECK], stderr=subprocess.DEVNULL).returncode == 0


def shared_environment() -> Path:
    text = REQUIREMENTS.read_bytes() + sys.version.encode()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trainyard" / "samples"
    return cache / f"digits-{hashlib.sha256(text).hexdigest()[:12]}"


def make(prefix: Path) -> None:
    """Builds the environment. `complete` is written last, so that one that was cut off is built again."""
    print(f"Making a Python environment in {prefix} (once per machine; PyTorch is a large download)", flush=True)
    shutil.rmtree(prefix, ignore_errors=True)
    venv = subprocess.run([sys.executable, "-m", "venv", prefix])
    if venv.returncode != 0:
        stop("this Python has no venv module. On Debian or Ubuntu: apt-get install python3-venv")
    pip = [prefix / "bin" / "python3", "-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check"]
    if subprocess.run([*pip, "-r", REQUIREMENTS]).returncode != 0:
        stop("pip could not install requirements.txt; its message above says why. Mend that and submit again.")
    (prefix / "complete").touch()


def link(prefix: Path) -> None:
    venv = Path(".venv")
    if venv.is_symlink():
        venv.unlink()
    elif venv.exists():
        stop("there is a .venv folder here already; remove it, or add it to .skyignore")
    venv.symlink_to(prefix)


def main() -> None:
    if sys.version_info < (3, 10):
        stop(f"Python 3.10 or later is needed, and python3 is {sys.version.split()[0]}.")
    own = Path(sys.prefix)
    if works(own):
        link(own)
        return
    prefix = shared_environment()
    prefix.parent.mkdir(parents=True, exist_ok=True)
    # The nodes of one machine come here at the same moment: one makes it, the others wait. The kernel gives the lock
    # back even when its holder is killed.
    with open(prefix.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (prefix / "complete").exists():
            make(prefix)
    link(prefix)


main()
