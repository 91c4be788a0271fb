export function installVsix(profile: string, vsix: string): Promise<void>;

export interface EditorServer {
  /** Opens the editor's folder, and carries the token. */
  readonly address: string;
  /** Leads the process group that everything of the editor is in. */
  readonly pid: number;
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

export function startEditor(options: {
  readonly profile: string;
  readonly folder: string;
  readonly port?: number;
  readonly token?: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<EditorServer>;
