import { bytesText } from '../words';
import type { MimeBundle } from './cellRecord';

/** One representation of an output, ready to be shown. */
export interface OutputItem {
  readonly mime: string;
  readonly data: Uint8Array | string;
}

/** A representation larger than this, in characters, is left out, which is said in its place. */
const largest = 64 << 20;

/** What it shows lives in a connection between the kernel and a browser, which there is none of here. */
const widget = 'application/vnd.jupyter.widget-view+json';

const binary = /^(?:image\/(?!svg)|audio\/|video\/|application\/(?:pdf|octet-stream)$)/;
const json = /[/+]json$/;

/**
 * The representations of one value. What a kernel sends is never taken for the editor's own types (`application/vnd.code…`), which
 * mean more than to be shown.
 */
export function mimeItems(bundle: MimeBundle): readonly OutputItem[] {
  if (widget in bundle) return [{ mime: 'text/plain', data: widgetText(bundle['text/plain']) }];
  const items = Object.entries(bundle).flatMap(([mime, value]) => item(mime, value) ?? []);
  return items.length > 0 ? items : [{ mime: 'text/plain', data: '' }];
}

function item(mime: string, value: unknown): OutputItem | undefined {
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(mime) || /^application\/(?:vnd\.code|x\.notebook)\b/i.test(mime))
    return undefined;
  const text = json.test(mime) ? JSON.stringify(value) : plain(value);
  if (text === undefined) return undefined;
  if (text.length > largest) {
    const size = bytesText(text.length);
    return { mime: 'text/plain', data: `${mime} of ${size} is not shown: it is more than the editor takes.` };
  }
  if (!binary.test(mime)) return { mime, data: text };
  const bytes = base64Bytes(text);
  return bytes && { mime, data: bytes };
}

/** A renderer of widgets would show nothing or an error: their text is shown, which stays as it is while the widget goes on. */
function widgetText(fallback: unknown): string {
  const text = (plain(fallback) ?? '').slice(0, 10_000);
  const note =
    'This is a widget: here it is text, which does not change. For progress, tqdm.tqdm prints its own.';
  return text === '' ? note : `${text}\n${note}`;
}

/** Text may come as a list of lines. */
function plain(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.filter((part) => typeof part === 'string').join('');
  return undefined;
}

function base64Bytes(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replace(/\s+/g, '')), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}
