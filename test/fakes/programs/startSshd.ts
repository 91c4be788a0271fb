// Starts a server and waits: node startSshd.mjs. Prints its pid and home.
import { SshdServer } from '../sshd/sshdServer';

const server = await SshdServer.start();
process.stdout.write(`${String(server.pid)} ${server.home}\n`);
process.stdin.resume();
