import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustBeFree, openDoor, type Door } from '../../../scripts/editorDoor.mjs';

const token = 'right-token';
let folder: string;
let inside: Server;
let door: Door;

/** Stands for the editor: says what it was asked, and echoes on an upgraded connection. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-door-'));
  inside = createServer((message, answer) => {
    void text(message).then((body) =>
      answer.end(JSON.stringify({ url: message.url, host: message.headers.host, body })),
    );
  });
  inside.on('upgrade', (_, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
    socket.pipe(socket);
  });
  const socket = join(folder, 'inside.sock');
  inside.listen(socket);
  await once(inside, 'listening');
  door = await openDoor({ socket, token, port: 0 });
});

afterAll(() => {
  door.close();
  inside.close();
  rmSync(folder, { recursive: true });
});

function ask(path: string, headers: Record<string, string> = {}) {
  return fetch(new URL(path, door.address), { headers });
}

function cookie(value = token): Record<string, string> {
  return { cookie: `other=1; trainyard-editor-${door.address.port}=${value}` };
}

/** Asks for an upgrade; gives the answer, upgraded or not. */
async function upgrade(
  headers: Record<string, string>,
): Promise<{ status: number | undefined; socket: Socket }> {
  const asked = request(new URL('/socket', door.address), {
    headers: { ...headers, connection: 'Upgrade', upgrade: 'echo' },
  });
  asked.end();
  const [answer, socket] = (await Promise.race([once(asked, 'upgrade'), once(asked, 'response')])) as [
    IncomingMessage,
    Socket | undefined,
  ];
  return { status: answer.statusCode, socket: socket ?? answer.socket };
}

describe('the door of the embedded editor', () => {
  it('answers the printed address at once, hands it on without the token, and gives a cookie for later', async () => {
    const answer = await ask(`/?folder=%2Fa%20b&tkn=${token}`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ url: '/?folder=%2Fa+b', host: door.address.host });
    expect(answer.headers.get('set-cookie')).toBe(
      `trainyard-editor-${door.address.port}=${token}; Path=/; HttpOnly; SameSite=Strict`,
    );
  });

  it('lets in who has the cookie', async () => {
    const answer = await ask('/static/a.js?x=%2F', cookie());
    expect(await answer.json()).toMatchObject({ url: '/static/a.js?x=%2F' });
  });

  it.each([
    ['nothing', '/', {}],
    ['a wrong token', '/?tkn=wrong-token', {}],
    ['an empty token', '/?tkn=', {}],
    ['a longer token', `/?tkn=${token}x`, {}],
  ])('turns away who brings %s', async (_, path, headers) => {
    const answer = await ask(path, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('turns away a wrong cookie', async () => {
    expect((await ask('/', cookie('wrong-token'))).status).toBe(401);
  });

  it('joins the ends of a WebSocket for who has the cookie, and for nobody else', async () => {
    const { status, socket } = await upgrade(cookie());
    expect(status).toBe(101);
    socket.write('hello');
    const [echo] = (await once(socket, 'data')) as [Buffer];
    expect(echo.toString()).toBe('hello');
    socket.destroy();
    expect((await upgrade({})).status).toBe(401);
  });

  it('names a port that is taken, and says what to do', async () => {
    const port = Number(door.address.port);
    await expect(mustBeFree(port)).rejects.toThrow(
      `Port ${port} is taken by another program. Choose another with --port N`,
    );
    await expect(openDoor({ socket: '', token, port })).rejects.toThrow(`Port ${port} is taken`);
  });
});
