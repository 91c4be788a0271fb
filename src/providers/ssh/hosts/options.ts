/** Options of a host by their names in small letters, with the values that count for it, as `ssh -G` prints them. */
export type SshOptions = ReadonlyMap<string, readonly string[]>;

/** Options that count before all that is configured, as those on ssh's command line do: lines of an ssh_config. */
export type Presets = readonly string[];

/** The first value, `undefined` where there is none. */
export function option(options: SshOptions, name: string): string | undefined {
  return options.get(name)?.[0];
}
