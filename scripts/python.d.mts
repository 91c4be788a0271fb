export function ensurePython(): Promise<void>;
export function jupyterEnvironment(): string;
export function ensureJupyter(): Promise<void>;
