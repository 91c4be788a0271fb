import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { timingSafeEqual } from 'node:crypto';
import { Failure } from './failure.mjs';

/**
 * Listens on 127.0.0.1 and lets only those through to the editor on `socket` who know the token: whoever reaches an editor
 * has a terminal, and on a shared machine everyone reaches its ports. The address carries the token once, as Jupyter's
 * does; from then on a cookie does.
 *
 * @param {{ socket: string, token: string, port: number }} options `port` 0 takes a free one
 */
export async function openDoor({ socket, token, port }) {
  const server = createServer((message, answer) => {
    const visit = check(message, token, server.address().port);
    if (!visit) {
      answer.writeHead(401, { 'content-type': 'text/plain; charset=utf-8' });
      answer.end('This editor asks for a token. Open the whole address that was printed when it started.\n');
      return;
    }
    const inner = request(
      { socketPath: socket, method: message.method, path: visit.path, headers: message.rawHeaders },
      (reply) => {
        answer.writeHead(reply.statusCode, reply.statusMessage, [...reply.rawHeaders, ...visit.headers]);
        reply.pipe(answer);
      },
    );
    inner.on('error', (error) => {
      if (!answer.headersSent) answer.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' });
      answer.end(`The editor does not answer: ${error.message}\n`);
    });
    answer.on('close', () => inner.destroy());
    message.pipe(inner);
  });
  server.on('upgrade', (message, client, head) => {
    const visit = check(message, token, server.address().port);
    if (!visit) return client.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
    const inner = connect(socket, () => {
      const { method, httpVersion, rawHeaders } = message;
      const lines = [`${method} ${visit.path} HTTP/${httpVersion}`];
      for (let at = 0; at < rawHeaders.length; at += 2)
        lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
      inner.write(`${lines.join('\r\n')}\r\n\r\n`);
      inner.write(head);
      client.pipe(inner).pipe(client);
    });
    for (const [one, other] of [
      [client, inner],
      [inner, client],
    ]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await listen(server, port);
  const address = new URL(`http://127.0.0.1:${server.address().port}/?tkn=${token}`);
  return {
    address,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The path to hand on, without the token, and the headers to answer with; `undefined` for a stranger. */
function check(message, token, port) {
  const name = `trainyard-editor-${port}`;
  const url = new URL(message.url, 'http://door');
  const cookies = (message.headers.cookie ?? '').split(/;\s*/);
  if (cookies.some((cookie) => isSame(cookie, `${name}=${token}`))) return { path: message.url, headers: [] };
  if (!isSame(url.searchParams.get('tkn') ?? '', token)) return undefined;
  url.searchParams.delete('tkn');
  return {
    path: url.pathname + url.search,
    headers: ['set-cookie', `${name}=${token}; Path=/; HttpOnly; SameSite=Strict`],
  };
}

function isSame(given, wanted) {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Throws unless a door could be opened on `port` now. */
export async function mustBeFree(port) {
  const probe = createServer();
  await listen(probe, port);
  await new Promise((resolve) => probe.close(resolve));
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explained(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });
}

function explained(error, port) {
  if (error.code === 'EADDRINUSE') {
    return new Failure(
      `Port ${port} is taken by another program. Choose another with --port N, or leave --port out to take a free one.`,
    );
  }
  if (error.code === 'EACCES') {
    return new Failure(`Port ${port} is reserved for administrators. Choose one above 1023 with --port N.`);
  }
  return error;
}
