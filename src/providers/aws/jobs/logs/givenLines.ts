import { ProviderError } from '../../../../core/errors';

/** Milliseconds by which a line may be older than the newest of its container when it can be read at last. */
const latest = 60_000;
/** Lines that are known by the ids of their events; where more are that new, a line may be late by less. */
const most = 4000;

/**
 * The last lines of one container that were given, so that one that comes late is known for new and none is given twice. In a token as
 * `<since>:<count>:<ids>`: nothing older than `since` is taken, of that very time not the first `count`, and none whose id is there.
 */
export class GivenLines {
  /** In the order of their times. */
  private readonly lines: { readonly id: number; readonly t: number }[] = [];
  private readonly ids = new Set<number>();

  constructor(
    /** Unix milliseconds: what is older was given, or comes too late. */
    public since = 0,
    private again = 0,
    ids = '',
  ) {
    let t = since;
    for (const text of ids === '' ? [] : ids.split(',')) {
      const found = /^([0-9a-z]{1,11})\.([0-9a-z]{1,8})$/.exec(text);
      if (!found) throw new ProviderError('invalid', `This is no line of a log: ${text.slice(0, 100)}`);
      t += parseInt(found[2] ?? '', 36);
      this.add(parseInt(found[1] ?? '', 36), t);
    }
  }

  get newest(): number {
    return this.lines.at(-1)?.t ?? this.since;
  }

  /** Whether the line is new; from now on it is known. `room` is whether it can be given now: else it stays unknown. */
  take(eventId: string, t: number, room: boolean): 'new' | 'known' | 'noRoom' {
    if (t < this.since) return 'known';
    const id = short(eventId);
    if (this.ids.has(id)) return 'known';
    const counted = this.again > 0 && t === this.since;
    if (!counted && !room) return 'noRoom';
    if (counted) this.again -= 1;
    this.add(id, t);
    return counted ? 'known' : 'new';
  }

  /** Forgets what is too old to matter, and says what is left. */
  place(): string {
    const { lines, newest } = this;
    const old = lines.findIndex(({ t }) => t >= newest - latest);
    this.since = Math.max(this.since, newest - latest);
    let from = Math.max(old, lines.length - most);
    if (from > old) {
      // All lines of one time or none.
      while (from < lines.length && lines[from]?.t === lines[from - 1]?.t) from += 1;
      if (from === lines.length) from = lines.findIndex(({ t }) => t === newest);
      this.since = lines[from]?.t ?? this.since;
    }
    for (const { id } of lines.splice(0, Math.max(0, from))) this.ids.delete(id);
    // So many at once are counted.
    if (lines.length > most) return `${newest}:${lines.length}`;
    let before = this.since;
    const texts = lines.map(({ id, t }) => {
      const text = `${id.toString(36)}.${(t - before).toString(36)}`;
      before = t;
      return text;
    });
    return `${this.since}:0:${texts.join(',')}`;
  }

  private add(id: number, t: number): void {
    this.ids.add(id);
    let at = this.lines.length;
    while (at > 0 && (this.lines[at - 1]?.t ?? 0) > t) at -= 1;
    if (at === this.lines.length) this.lines.push({ id, t });
    else this.lines.splice(at, 0, { id, t });
  }
}

/** A number of 53 bits for an event's id, which has 56 digits. */
function short(id: string): number {
  let a = 0x811c9dc5;
  let b = 0x9dc5811c;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
    b ^= b >>> 15;
  }
  return (a >>> 0) * 2 ** 21 + (b >>> 11);
}
