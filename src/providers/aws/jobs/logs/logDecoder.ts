import type { ByteTime, LogChannel } from '../../../../core/provider';
import { telemetryPrefix } from '../../../../core/telemetry';
import { TimedBytes } from './timedBytes';

/** How far each channel is, in bytes. */
export type LogPlace = Readonly<Record<LogChannel, number>>;

/** What a container sent between two of its own marks. */
export interface LogSegment {
  /** Where it begins; `sure` where that is what the mark before it said, else what follows from its length. */
  readonly from: LogPlace;
  readonly sure: boolean;
  /** Where it ends, which is what the container says. */
  readonly to: LogPlace;
  readonly bytes: Readonly<Record<LogChannel, Uint8Array>>;
  /** Of the bytes of the log; a record of the telemetry has its own. */
  readonly times: readonly ByteTime[];
  /** Of the mark at its end. */
  readonly t: number;
  /** Whether the container sends nothing after it. */
  readonly end: boolean;
}

/**
 * Turns the lines of one container back into the bytes of its log and its telemetry. The lines and marks are those of src/remote/forward.sh.
 * It begins anywhere; what comes before the first mark counts backwards from that.
 */
export class LogDecoder {
  private anchor: LogPlace | undefined;
  private channels = { log: new TimedBytes(), telemetry: new TimedBytes() };
  private lastT = 0;

  /** `t` is the line's time. Gives a segment where the line is a mark. */
  add(line: string, t: number): LogSegment | undefined {
    this.lastT = t;
    if (!line.startsWith(telemetryPrefix)) {
      this.channels.log.line(line, t);
      return undefined;
    }
    const record = ownRecord(line);
    if (record?.kind === 'bytes') {
      this.channels[record.channel].add(Buffer.from(record.b64, 'base64'), t);
      return undefined;
    }
    if (record) return this.mark(record.place, t, record.end);
    this.channels.telemetry.line(line, t);
    return undefined;
  }

  /** What came after the last mark, or at all where there was none. */
  rest(): LogSegment {
    const { bytes, times } = this.take();
    const from = this.anchor ?? { log: 0, telemetry: 0 };
    const to = {
      log: from.log + bytes.log.length,
      telemetry: from.telemetry + bytes.telemetry.length,
    };
    return { from, sure: true, to, bytes, times, t: this.lastT, end: false };
  }

  private mark(to: LogPlace, t: number, end: boolean): LogSegment {
    const { anchor } = this;
    const { bytes, times } = this.take();
    const from = anchor ?? {
      log: to.log - bytes.log.length,
      telemetry: to.telemetry - bytes.telemetry.length,
    };
    this.anchor = to;
    return { from, sure: anchor !== undefined, to, bytes, times, t, end };
  }

  private take(): Pick<LogSegment, 'bytes' | 'times'> {
    const [log, telemetry] = [this.channels.log.take(), this.channels.telemetry.take()];
    return { bytes: { log: log.bytes, telemetry: telemetry.bytes }, times: log.times };
  }
}

type OwnRecord =
  | { readonly kind: 'bytes'; readonly channel: LogChannel; readonly b64: string }
  | { readonly kind: 'sent'; readonly place: LogPlace; readonly end: boolean };

/** `undefined` for any other line: a record of the telemetry. */
function ownRecord(line: string): OwnRecord | undefined {
  const json = line.slice(telemetryPrefix.length);
  if (!json.startsWith('{"kind":"bytes",') && !json.startsWith('{"kind":"sent",')) return undefined;
  let value: Partial<Record<string, unknown>>;
  try {
    value = JSON.parse(json) as Partial<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const { kind, channel, b64, log, telemetry } = value;
  if (kind === 'bytes') {
    if ((channel !== 'log' && channel !== 'telemetry') || typeof b64 !== 'string') return undefined;
    return { kind, channel, b64 };
  }
  if (kind !== 'sent' || !isCount(log) || !isCount(telemetry)) return undefined;
  return { kind, place: { log, telemetry }, end: value.end === true };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
