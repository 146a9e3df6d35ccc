import type { Command } from 'commander';

/** Options that have no say in what a command does this time, by their names, each with why. */
export type SilentOptions = Readonly<Record<string, string>>;

/** Several options that have no say for one reason. */
export function silentBecause(why: string, names: readonly string[]): SilentOptions {
  return Object.fromEntries(names.map((name) => [name, why]));
}

/** @throws naming an option that was written out although it has no say, and why. */
export function assertNoneSilent(used: Command, silent: SilentOptions): void {
  for (const option of used.options) {
    const name = option.attributeName();
    const why = silent[name];
    if (why === undefined || used.getOptionValueSource(name) !== 'cli') continue;
    throw new Error(`${option.long ?? name} has no say here: ${why}. Leave it away.`);
  }
}

/** The options that had a say, as records keep them. */
export function withoutSilent(options: object, silent: SilentOptions): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(silent, name)));
}
