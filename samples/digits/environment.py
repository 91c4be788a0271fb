"""Makes `.venv` here: a link to a Python environment with what requirements.txt asks for.

A Python that has it already is used as it is. Otherwise an environment is made once per machine, in the user's cache, and
shared by every node and every later run. Needs Python 3.10 or later and nothing else.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
VENV = Path(".venv")


def has_all(prefix):
    packages = ("torch", "sklearn", "numpy")
    return (prefix / "bin" / "torchrun").exists() and all(map(importlib.util.find_spec, packages))


def shared_environment():
    """Its place. Other requirements or another Python make it another environment."""
    made_of = REQUIREMENTS.read_bytes() + (sys.base_prefix + sys.version).encode()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute()
    return cache / "trainyard" / "samples" / f"digits-{hashlib.sha256(made_of).hexdigest()[:12]}"


def is_whole(prefix):
    # The second part fails where the Python that it was made with has gone.
    return (prefix / "complete").exists() and (prefix / "bin" / "python3").exists()


def make(prefix, lock):
    """Builds the environment in its place, for it can't be moved later. Without `complete`, written last, it is built anew."""
    print(f"Making a Python environment in {prefix}: once per machine, and PyTorch is a large download.", flush=True)
    if prefix.exists():
        shutil.rmtree(prefix)

    def run(*command):
        # With the lock's descriptor, so that a pip that outlives this process still keeps others away.
        return subprocess.run(command, pass_fds=[lock.fileno()]).returncode == 0

    if not run(sys.executable, "-m", "venv", prefix):
        sys.exit("This Python has no venv module. Install it (Debian, Ubuntu: apt-get install python3-venv) and submit again.")
    pip = (prefix / "bin" / "python3", "-m", "pip", "--disable-pip-version-check")
    if not run(*pip, "install", "--progress-bar", "off", "-r", REQUIREMENTS):
        sys.exit("pip could not install requirements.txt, and says why above. Mend that and submit again.")
    if not (prefix / "bin" / "torchrun").exists():
        sys.exit("This PyTorch came without torchrun. Name another version in requirements.txt and submit again.")
    (prefix / "complete").touch()


def made_once():
    """The shared environment. The nodes of one machine come here at the same moment: one makes it, the others wait."""
    try:
        import fcntl
    except ImportError:
        sys.exit("This sample needs Linux or macOS. On Windows, open the folder in WSL and submit again.")

    prefix = shared_environment()
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{prefix}.lock", "w") as lock:  # the kernel frees it when its holders end, however they do
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another node or job that makes the Python environment.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_whole(prefix):
            make(prefix, lock)
    return prefix


def link(prefix):
    if VENV.is_symlink():
        VENV.unlink()
    VENV.symlink_to(prefix)
    print(f"Python {sys.version.split()[0]} with PyTorch: {prefix}", flush=True)


def main():
    if sys.version_info < (3, 10):
        sys.exit(f"python3 is {sys.version.split()[0]}, and this needs 3.10 or later. Install one and submit again.")
    if VENV.exists() and not VENV.is_symlink():
        sys.exit("There is a folder .venv here already. Move it away, or name it in .skyignore, and submit again.")
    own = Path(sys.prefix)
    try:
        link(own if has_all(own) else made_once())
    except OSError as error:
        sys.exit(f"The Python environment could not be made. Mend this and submit again: {error}")


main()
