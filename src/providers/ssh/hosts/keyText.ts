/** What can be told of a private key's file without a passphrase. */
export interface KeyText {
  readonly format: 'openssh' | 'pem' | 'putty';
  readonly encrypted: boolean;
  /** Why it can't be used, whatever the passphrase. */
  readonly unusable?: string;
}

/** `undefined`: it is no private key. */
export function keyText(text: string): KeyText | undefined {
  const [, label, body = ''] =
    /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\r?\n([\s\S]*?)-----END \1-----/.exec(text) ?? [];
  if (label === 'OPENSSH PRIVATE KEY') return openssh(Buffer.from(body, 'base64'));
  if (label === 'DSA PRIVATE KEY')
    return { format: 'pem', encrypted: false, unusable: 'DSA keys are not taken by SSH servers any more' };
  if (label !== undefined)
    return {
      format: 'pem',
      encrypted: label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(body),
    };
  return putty(text);
}

const magic = 'openssh-key-v1\0';

/** OpenSSH's PROTOCOL.key: which cipher, and the public half, stand at its beginning in the open. */
function openssh(bytes: Buffer): KeyText | undefined {
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  const fields = new Fields(bytes, magic.length);
  const encrypted = fields.text() !== 'none';
  fields.text();
  fields.text();
  fields.number();
  const type = new Fields(fields.bytes(), 0).text();
  if (type.startsWith('sk-'))
    return {
      format: 'openssh',
      encrypted,
      unusable: 'it is on a security key, which only an SSH agent can use; add it with ssh-add',
    };
  return type === '' ? undefined : { format: 'openssh', encrypted };
}

function putty(text: string): KeyText | undefined {
  const [, version, type = ''] = /^PuTTY-User-Key-File-(\d): (\S+)/.exec(text) ?? [];
  if (version === undefined) return undefined;
  const encrypted = !/^Encryption: none\s*$/m.test(text);
  const usable = version === '2' && /^ssh-(rsa|dss)$/.test(type);
  const unusable = 'this kind of PuTTY key can’t be read; export it in PuTTYgen as an OpenSSH key';
  return { format: 'putty', encrypted, ...(!usable && { unusable }) };
}

/** Fields with a length of four bytes before them. Beyond the end all are empty. */
class Fields {
  constructor(
    private readonly all: Buffer,
    private at: number,
  ) {}

  number(): number {
    const value = this.at + 4 <= this.all.length ? this.all.readUInt32BE(this.at) : 0;
    this.at += 4;
    return value;
  }

  bytes(): Buffer {
    const length = this.number();
    this.at += length;
    return this.all.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.bytes().toString('latin1');
  }
}
