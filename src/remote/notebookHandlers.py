"""What it answers over HTTP; the list is in notebookServer.py, of which it is a part."""

import asyncio
import json
import os

from jupyter_client.kernelspec import NoSuchKernel
from jupyter_server.base.handlers import APIHandler
from tornado import iostream, web

starting = asyncio.Lock()


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
