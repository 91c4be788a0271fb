"""A Jupyter server for one user of this machine, with a journal of what cells put out.

Started by notebooks.sh as `python notebookServer.py FOLDER HASH`. It listens on 127.0.0.1 only, asks for the token in
FOLDER/token, reads nobody's Jupyter configuration, and writes FOLDER/server.json once it listens. Beside Jupyter's own API it
runs cells itself: a cell goes on when nobody is connected, and all that it puts out is in FOLDER/journal/ID, one JSON object
a line, from which any editor reads it whole, as often as it likes. Needs jupyter-server 2 or later and Python 3.8 or later.

    GET  /trainyard/kernels                 all kernels, with process, notebook and state
    PUT  /trainyard/kernels/ID              starts a kernel with this id: {"spec", "folder", "notebook"}; no matter when it runs
    POST /trainyard/kernels/ID/interrupt    drops the cells that wait, interrupts the one that runs
    POST /trainyard/kernels/ID/restart
    PUT  /trainyard/cells/ID                runs a cell: {"kernel", "code"}; no matter when it ran already
    GET  /trainyard/cells/ID?from=BYTE      its journal, as it grows, to its end; an empty line every 15 s says that it lives
    POST /trainyard/cells/ID/input          an answer to input(): {"request", "value"}
"""

import asyncio
import collections
import fcntl
import glob
import json
import os
import re
import signal
import socket
import sys
import time

import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_server.base.handlers import APIHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado import iostream, web

# Bytes of one cell's journal, beyond which its output is no longer kept, and of all journals.
CELL_BYTES = 256 << 20
ALL_BYTES = 1 << 30
ALL_DAYS = 14
DEAD_AFTER_DAYS = 3
# In which kernels may end by themselves; notebooks.sh waits longer.
END_SECONDS = 6

root = ""
cells = {}
starting = asyncio.Lock()
# Far more than a cell should print in one go must fit: what overflows here would be lost.
context = zmq.asyncio.Context()
context.setsockopt(zmq.RCVHWM, 0)


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


class Kernel(ServerKernelManager):
    """A kernel whose cells run one after the other, each with a journal."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.queue = collections.deque()
        self.wake = asyncio.Event()
        self.current = None
        self.client = None
        self.tasks = []
        # What threads put out while no cell runs; the next cell shows it.
        self.late = collections.deque(maxlen=10000)
        self.notebook = ""
        self.born = time.time()

    async def start_kernel(self, *args, **kwargs):
        await super().start_kernel(*args, **kwargs)
        self.listen()

    async def restart_kernel(self, *args, **kwargs):
        if await self.is_alive():
            self.give_up("restarted")
        else:
            code = await self.provisioner.poll() if self.provisioner else None
            self.give_up("died", exit=code)
        await super().restart_kernel(*args, **kwargs)
        self.born = time.time()
        self.listen()

    async def shutdown_kernel(self, now=False, restart=False):
        if not restart:
            self.give_up("shutDown")
        await super().shutdown_kernel(now=now, restart=restart)

    def listen(self):
        self.client = AsyncKernelClient(context=context)
        self.client.load_connection_info(self.get_connection_info())
        self.client.start_channels(hb=False)
        self.tasks = [asyncio.ensure_future(self.work(self.client))]

    def give_up(self, status, **fields):
        """Ends every cell that was asked for: the process that would run it is gone or about to go."""
        for task in self.tasks:
            task.cancel()
        self.tasks = []
        if self.client:
            self.client.stop_channels()
            self.client = None
        if self.current:
            self.current.end(status, **fields)
            self.current = None
        self.drop()

    def drop(self):
        while self.queue:
            self.queue.popleft().end("aborted")

    def run(self, cell):
        self.queue.append(cell)
        cell.write("queued")
        self.wake.set()

    async def work(self, client):
        try:
            await client.wait_for_ready(timeout=120)
        except RuntimeError as error:
            print("kernel %s: %s" % (self.kernel_id, error), file=sys.stderr)
            if self.current is None and self.client is client:
                self.drop()
            return
        self.tasks += [asyncio.ensure_future(each(client)) for each in (self.outputs, self.replies, self.questions)]
        while True:
            self.wake.clear()
            while self.queue:
                await self.work_on(client, self.queue.popleft())
            await self.wake.wait()

    async def work_on(self, client, cell):
        self.current = cell
        cell.state = "running"
        while self.late:
            kind, fields = self.late.popleft()
            cell.write(kind, **fields)
        cell.message = client.execute(cell.code, allow_stdin=True, stop_on_error=True)
        await cell.replied.wait()
        try:
            # All of a cell's output is there once the kernel says that it is idle.
            await asyncio.wait_for(cell.idle.wait(), 10)
        except asyncio.TimeoutError:
            pass
        status = cell.reply.get("status", "error")
        self.current = None
        cell.end(status if status in ("ok", "error") else "aborted", count=cell.reply.get("execution_count"))
        if status != "ok":
            self.drop()

    async def outputs(self, client):
        while True:
            message = await client.get_iopub_msg()
            kind, content = message["msg_type"], message["content"]
            parent = message["parent_header"]
            # Another client's cells, as of a browser on the same kernel, are that one's to show.
            if parent.get("session", client.session.session) != client.session.session:
                continue
            cell = self.current
            own = cell is not None and parent.get("msg_id") == cell.message
            if kind == "status":
                if own and content.get("execution_state") == "idle":
                    cell.idle.set()
            elif kind == "execute_input":
                if own:
                    cell.write("started", count=content.get("execution_count"))
            elif kind in ("stream", "display_data", "execute_result", "error", "update_display_data", "clear_output"):
                fields = {key: value for key, value in content.items() if key not in ("type", "t")}
                if cell is not None:
                    cell.write(kind, **fields)
                elif kind in ("stream", "display_data"):
                    self.late.append((kind, fields))

    async def replies(self, client):
        while True:
            message = await client.get_shell_msg()
            cell = self.current
            if cell is None or message["parent_header"].get("msg_id") != cell.message:
                continue
            cell.reply = message["content"]
            for payload in cell.reply.get("payload") or []:
                if payload.get("source") == "page":
                    cell.write("page", data=payload.get("data") or {})
            cell.replied.set()

    async def questions(self, client):
        while True:
            message = await client.get_stdin_msg()
            cell = self.current
            if message["msg_type"] != "input_request" or cell is None:
                continue
            cell.request += 1
            cell.asked = True
            content = message["content"]
            cell.write("input", request=cell.request, prompt=content.get("prompt", ""), password=bool(content.get("password")))

    def answer(self, cell, request, value):
        """What was typed is not in the journal: it may be a password. An answer given twice counts once."""
        if cell is not self.current or not cell.asked or request != cell.request:
            return
        cell.asked = False
        cell.write("answered", request=request)
        self.client.input(value)

    def described(self, kernel_id, model):
        pid = getattr(self.provisioner, "pid", None)
        return {
            "id": kernel_id,
            "spec": model["name"],
            "state": model["execution_state"],
            "pid": pid,
            "notebook": self.notebook,
            "started": int(self.born * 1000),
            "lastActivity": model["last_activity"],
            "running": self.current.id if self.current else None,
            "queued": len(self.queue),
        }


class Kernels(AsyncMappingKernelManager):
    kernel_manager_class = "__main__.Kernel"

    def cwd_for_path(self, path, **kwargs):
        return path if os.path.isdir(path) else os.path.expanduser("~")

    def kill_rest(self):
        """Kernels that are still there, with all that they started: each leads a group of its own."""
        for kernel in self._kernels.values():
            process = getattr(kernel.provisioner, "process", None)
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


class Specs(KernelSpecManager):
    """The registered kernels, and every Python environment of the usual places that has ipykernel."""

    def environments(self):
        home = os.path.expanduser("~")
        folder = os.environ.get("TRAINYARD_FOLDER") or home
        places = [os.path.join(folder, name) for name in (".venv", "venv", "env")]
        places += sorted(glob.glob(os.path.join(home, ".virtualenvs", "*")) + glob.glob("/venv/*"))
        for conda in ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba"):
            places += [os.path.join(home, conda)] + sorted(glob.glob(os.path.join(home, conda, "envs", "*")))
        for conda in ("/opt/conda", "/opt/miniconda3", "/opt/anaconda3", "/opt/miniforge3", "/opt/pytorch"):
            places += [conda] + sorted(glob.glob(os.path.join(conda, "envs", "*")))
        places += ["/usr/local", "/usr"]
        found = {}
        for place in places:
            python = os.path.join(place, "bin", "python3")
            if not os.path.exists(python) or os.path.realpath(place) == os.path.realpath(sys.prefix):
                continue
            packages = glob.glob(os.path.join(place, "lib", "python3*", "*-packages", "ipykernel"))
            packages += glob.glob(os.path.join(place, "lib", "python3", "dist-packages", "ipykernel"))
            if packages:
                found["trainyard-" + re.sub(r"[^a-z0-9]+", "-", place.lower()).strip("-")] = place
        return dict(list(found.items())[:40])

    def find_kernel_specs(self):
        return {**self.environments(), **super().find_kernel_specs()}

    def get_kernel_spec(self, kernel_name):
        place = self.environments().get(kernel_name)
        if place is None:
            return super().get_kernel_spec(kernel_name)
        python = os.path.join(place, "bin", "python3")
        shown = os.path.basename(place) if place.startswith("/usr") else place.replace(os.path.expanduser("~"), "~", 1)
        return KernelSpec(
            argv=[python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3 (%s)" % shown,
            language="python",
            resource_dir=place,
        )

    def get_all_specs(self):
        specs = {}
        for name in self.find_kernel_specs():
            try:
                spec = self.get_kernel_spec(name)
            except (NoSuchKernel, OSError, ValueError):
                continue
            specs[name] = {"resource_dir": spec.resource_dir, "spec": spec.to_dict()}
        return specs


class Handler(APIHandler):
    def body(self):
        body = self.get_json_body()
        if not isinstance(body, dict):
            raise web.HTTPError(400, "a JSON object is needed")
        return body

    def kernel(self, kernel_id):
        if kernel_id not in self.kernel_manager:
            raise web.HTTPError(404, "no such kernel")
        return self.kernel_manager.get_kernel(kernel_id)


class KernelList(Handler):
    @web.authenticated
    async def get(self):
        manager = self.kernel_manager
        rows = [manager.get_kernel(model["id"]).described(model["id"], model) for model in manager.list_kernels()]
        self.finish(json.dumps(rows, default=str))


class OneKernel(Handler):
    @web.authenticated
    async def put(self, kernel_id):
        body = self.body()
        # Who asks twice at once waits for the first.
        async with starting:
            if kernel_id not in self.kernel_manager:
                folder = os.path.join(os.path.expanduser("~"), body.get("folder") or "")
                spec = body.get("spec") or None
                try:
                    await self.kernel_manager.start_kernel(kernel_id=kernel_id, kernel_name=spec, path=folder)
                except NoSuchKernel:
                    raise web.HTTPError(404, "no such kernel spec")
        kernel = self.kernel(kernel_id)
        kernel.notebook = str(body.get("notebook") or "")
        self.finish(json.dumps(kernel.described(kernel_id, self.kernel_manager.kernel_model(kernel_id)), default=str))


class KernelAction(Handler):
    @web.authenticated
    async def post(self, kernel_id, action):
        kernel = self.kernel(kernel_id)
        if action == "interrupt":
            kernel.drop()
            await self.kernel_manager.interrupt_kernel(kernel_id)
        else:
            await self.kernel_manager.restart_kernel(kernel_id)
        self.finish("{}")


class OneCell(Handler):
    @web.authenticated
    async def put(self, cell_id):
        body = self.body()
        kernel = self.kernel(str(body.get("kernel")))
        if not os.path.exists(journal_path(cell_id)):
            kernel.run(Cell(cell_id, body["kernel"], str(body.get("code", ""))))
        self.finish("{}")

    @web.authenticated
    async def get(self, cell_id):
        """Its journal: to its end where it has ended or an earlier server wrote it, else as it grows."""
        place = int(self.get_argument("from", "0"))
        try:
            file = open(journal_path(cell_id), "rb")
        except FileNotFoundError:
            raise web.HTTPError(404, "no such cell")
        self.set_header("Content-Type", "application/x-ndjson")
        with file:
            file.seek(place)
            try:
                while True:
                    cell = cells.get(cell_id)
                    ended = cell is None or cell.state == "ended"
                    grew = cell.grew if cell else None
                    for chunk in iter(lambda: file.read(1 << 18), b""):
                        self.write(chunk)
                        await self.flush()
                    if ended:
                        return self.finish()
                    try:
                        await asyncio.wait_for(grew.wait(), 15)
                    except asyncio.TimeoutError:
                        self.write(b"\n")
                        await self.flush()
            except iostream.StreamClosedError:
                return None


class CellInput(Handler):
    @web.authenticated
    async def post(self, cell_id):
        body = self.body()
        cell = cells.get(cell_id)
        if cell and cell.state != "ended":
            self.kernel(cell.kernel).answer(cell, body.get("request"), str(body.get("value", "")))
        self.finish("{}")


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
    # Names the process that holds it, which can be ended before it has written server.json.
    lock.truncate(0)
    lock.write("%d %s\n" % (os.getpid(), start_token(os.getpid())))
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
