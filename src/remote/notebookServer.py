"""A Jupyter server for one user of this machine, with a journal of what cells put out.

Started by notebooks.sh as `python notebookServer.py FOLDER HASH`. It listens on 127.0.0.1 only, asks for the token in
FOLDER/token, reads nobody's Jupyter configuration, and writes FOLDER/server.json once it listens. Beside Jupyter's own API it
runs cells itself: a cell goes on when nobody is connected, and all that it puts out is in FOLDER/journal/ID, one JSON object
a line, from which any editor reads it whole, as often as it likes. Needs jupyter-server 2 or later and Python 3.8 or later.
It travels as one file, before which serverScript.ts puts its parts: notebookCells.py, Kernels, Specs and Handlers.

    GET  /trainyard/kernels                 all kernels, with process, notebook and state
    PUT  /trainyard/kernels/ID              starts a kernel with this id: {"spec", "folder", "notebook"}; no matter when it runs
    POST /trainyard/kernels/ID/interrupt    drops the cells that wait, interrupts the one that runs
    POST /trainyard/kernels/ID/restart
    PUT  /trainyard/cells/ID                runs a cell: {"kernel", "code"}; no matter when it ran already
    GET  /trainyard/cells/ID?from=BYTE      its journal, as it grows, to its end; an empty line every 15 s says that it lives
    POST /trainyard/cells/ID/input          an answer to input(): {"request", "value"}
"""

import asyncio
import fcntl
import json
import os
import socket
import sys

from jupyter_server.serverapp import ServerApp

DEAD_AFTER_DAYS = 3
# In which kernels may end by themselves; notebooks.sh waits longer.
END_SECONDS = 6


class Server(ServerApp):
    # Nothing that a person set for their own Jupyter may open this one to others or load more into it.
    def load_config_file(self, *args, **kwargs):
        pass

    def load_config_environ(self):
        pass

    def find_server_extensions(self):
        pass

    async def _stop(self):
        """Called once it is told to end: Jupyter's own would stay, deaf, where anything in the cleaning up failed or hung."""
        try:
            await asyncio.wait_for(self._cleanup(), END_SECONDS)
        except Exception as error:
            print("ending: %r" % error, file=sys.stderr)
        finally:
            self.kernel_manager.kill_rest()
            self.io_loop.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_token(pid):
    """Names the process for ever, as processes.sh does."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        with os.popen("LC_ALL=C ps -o lstart= -p %d" % pid) as ps:
            return "_".join(ps.read().split())


def write_private(path, text):
    draft = "%s.%d" % (path, os.getpid())
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.rename(draft, path)


def boot_id():
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return ""


def main():
    global root
    root = sys.argv[1]
    os.umask(0o077)
    lock = open(os.path.join(root, "server.lock"), "a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("A notebook server runs here already.")
    # Names the process that holds it, which can be ended before it has written server.json, and its machine: several may
    # share a home folder.
    lock.truncate(0)
    lock.write("%d %s %s\n" % (os.getpid(), start_token(os.getpid()), os.uname().nodename))
    lock.flush()
    os.makedirs(os.path.join(root, "journal"), exist_ok=True)
    with open(os.path.join(root, "token")) as file:
        token = file.read().strip()
    tidy()
    app = Server()
    # Not this process' own words: others can't see them.
    app.initialize(
        argv=[
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=%d" % free_port(),
            "--ServerApp.open_browser=False",
            "--ServerApp.allow_root=True",
            "--ServerApp.root_dir=" + os.path.expanduser("~"),
            "--ServerApp.log_level=WARN",
            "--ServerApp.shutdown_no_activity_timeout=%d" % (DEAD_AFTER_DAYS * 86400),
            "--IdentityProvider.token=" + token,
            "--ServerApp.kernel_manager_class=__main__.Kernels",
            "--ServerApp.kernel_spec_manager_class=__main__.Specs",
        ]
    )
    name = "([A-Za-z0-9-]{8,64})"
    routes = [
        (r"/trainyard/kernels", KernelList),
        (r"/trainyard/kernels/%s" % name, OneKernel),
        (r"/trainyard/kernels/%s/(interrupt|restart)" % name, KernelAction),
        (r"/trainyard/cells/%s" % name, OneCell),
        (r"/trainyard/cells/%s/input" % name, CellInput),
    ]
    app.web_app.add_handlers(".*$", routes)

    def announce():
        record = {
            "port": app.port,
            "pid": os.getpid(),
            "started": start_token(os.getpid()),
            "token_file": os.path.join(root, "token"),
            "boot": boot_id(),
            "hash": sys.argv[2],
        }
        write_private(os.path.join(root, "server.json"), json.dumps(record))

    # After the server's own callback, which makes it listen.
    app.io_loop.add_callback(announce)
    app.start()


main()
