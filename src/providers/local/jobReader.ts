import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../core/errors';
import { jobFolder } from '../../core/jobFolder';
import { parseTelemetry } from '../../core/telemetry';
import type { JobStatus } from '../../core/trainingJob';
import { isSystemError } from '../../node/files';
import { readClaim } from './claim';
import { statusOf, type NodeFacts } from '../launched/jobStatus';
import type { LostNodes } from './lostNodes';
import { nodeRanks, readExit } from './nodeFiles';

/** Reads from its folder how a job is. Kept while the job is watched: telemetry is read once. */
export class JobReader {
  private readonly phases = new Map<number, PhaseReader>();

  constructor(
    private readonly id: string,
    private readonly folder: string,
    private readonly lost: LostNodes,
  ) {}

  /** Throws `ProviderError` of kind `notFound` where no job was ever started. */
  async status(): Promise<JobStatus> {
    const claim = await readClaim(this.folder);
    if (claim?.kind !== 'started')
      throw new ProviderError('notFound', `There is no such job on this computer: ${this.id}`);
    const ranks = await nodeRanks(this.folder);
    const nodes = await Promise.all(ranks.map((rank) => this.node(rank)));
    const lost = await this.lost.among(this.folder, claim, nodes);
    return statusOf({
      startedAt: claim.at,
      stopAsked: await exists(join(this.folder, jobFolder.stop)),
      nodes: nodes.map((node) => {
        const exit = node.exit ?? lost.get(node.rank);
        return exit ? { ...node, exit } : node;
      }),
    });
  }

  private async node(rank: number): Promise<NodeFacts> {
    const exit = await readExit(this.folder, rank);
    if (exit) return { rank, launched: true, exit };
    const launched = await exists(join(this.folder, jobFolder.pid(rank)));
    if (!launched) return { rank, launched };
    let reader = this.phases.get(rank);
    if (!reader)
      this.phases.set(rank, (reader = new PhaseReader(join(this.folder, jobFolder.telemetry(rank)))));
    const phase = await reader.now();
    return { rank, launched, ...(phase !== undefined && { phase }) };
  }
}

/** The launcher's current phase, from telemetry that grows. */
class PhaseReader {
  private offset = 0;
  private rest = Buffer.alloc(0);
  private phase: string | undefined;

  constructor(private readonly path: string) {}

  async now(): Promise<string | undefined> {
    const file = await open(this.path).catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    });
    if (!file) return this.phase;
    try {
      const buffer = Buffer.alloc(1 << 16);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, this.offset);
        if (bytesRead === 0) return this.phase;
        this.offset += bytesRead;
        this.take(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }

  private take(bytes: Buffer): void {
    const text = Buffer.concat([this.rest, bytes]);
    const end = text.lastIndexOf(0x0a) + 1;
    this.rest = Buffer.from(text.subarray(end));
    // Nearly all lines are samples; those are not worth parsing here.
    if (!text.includes('"kind":"phase"')) return;
    for (const line of text.toString('utf8', 0, end).split('\n')) {
      const record = line.includes('"kind":"phase"') ? parseTelemetry(line) : undefined;
      if (record?.kind === 'phase') this.phase = record.phase;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
