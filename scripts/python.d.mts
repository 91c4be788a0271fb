export function ensurePython(): Promise<void>;
export function jupyterEnvironment(): string;
export function ensureJupyter(): Promise<void>;
/** Of the environment with moto and botocore. */
export function motoEnvironment(): string;
/** Makes that environment, once for the whole machine. */
export function ensureMoto(): Promise<void>;
export function ensureSagemaker(): Promise<void>;
export function sagemakerEnvironment(): string;
