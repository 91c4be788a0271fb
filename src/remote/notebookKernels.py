"""The kernels, which run cells one after the other, watched or not. A part of notebookServer.py."""

import asyncio
import collections
import os
import signal
import sys
import time

import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager

# Far more than a cell should print in one go must fit: what overflows here would be lost.
context = zmq.asyncio.Context()
context.setsockopt(zmq.RCVHWM, 0)


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
        # Messages of what is put out.
        self.heard = 0
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
        # A machine may be that busy: who waited is told, and the kernel is there for those who come later.
        while not await self.came_up(client):
            self.drop()
        self.tasks += [asyncio.ensure_future(each(client)) for each in (self.outputs, self.replies, self.questions)]
        while True:
            self.wake.clear()
            while self.queue:
                await self.work_on(client, self.queue.popleft())
            await self.wake.wait()

    async def came_up(self, client):
        try:
            await client.wait_for_ready(timeout=120)
            return True
        except RuntimeError as error:
            print("kernel %s: %s" % (self.kernel_id, error), file=sys.stderr)
            return False

    async def work_on(self, client, cell):
        self.current = cell
        cell.state = "running"
        while self.late:
            kind, fields = self.late.popleft()
            cell.write(kind, **fields)
        cell.message = client.execute(cell.code, allow_stdin=True, stop_on_error=True)
        await cell.replied.wait()
        await self.all_put_out(cell)
        status = cell.reply.get("status", "error")
        self.current = None
        cell.end(status if status in ("ok", "error") else "aborted", count=cell.reply.get("execution_count"))
        if status != "ok":
            self.drop()

    async def all_put_out(self, cell):
        """All of a cell's output is there once the kernel says that it is idle. One that does not is given up after ten seconds in
        which nothing came, counted one by one: this process itself may be halted, and have all of it before it."""
        silent = 0
        while silent < 10 and not cell.idle.is_set():
            heard = self.heard
            try:
                await asyncio.wait_for(cell.idle.wait(), 1)
            except asyncio.TimeoutError:
                silent = silent + 1 if self.heard == heard else 0

    async def outputs(self, client):
        while True:
            message = await client.get_iopub_msg()
            kind, content = message["msg_type"], message["content"]
            parent = message["parent_header"]
            # Another client's cells, as of a browser on the same kernel, are that one's to show.
            if parent.get("session", client.session.session) != client.session.session:
                continue
            self.heard += 1
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
