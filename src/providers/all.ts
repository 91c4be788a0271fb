import type { Provider } from '../core/provider';
import type { ProviderContext } from './context';
import { local } from './local/local';

/** Every provider that ships. Adding one is a folder beside these and a line here. */
export const providers: readonly ((context: ProviderContext) => Provider)[] = [local];
