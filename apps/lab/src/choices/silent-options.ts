import type { Command } from 'commander';

/** Options that have no effect in this call of a command, with the reason, by name. */
export type SilentOptions = Readonly<Record<string, string>>;

/** Several options that have no effect for the same reason. */
export function silentBecause(why: string, names: readonly string[]): SilentOptions {
  return Object.fromEntries(names.map((name) => [name, why]));
}

/** @throws naming an option that was given although it has no effect, and why. */
export function assertNoneSilent(used: Command, silent: SilentOptions): void {
  for (const option of used.options) {
    const name = option.attributeName();
    const why = silent[name];
    if (why === undefined || used.getOptionValueSource(name) !== 'cli') continue;
    throw new Error(`${option.long ?? name} has no effect here: ${why}. Omit it.`);
  }
}

/** The options that had an effect, for records. */
export function withoutSilent(options: object, silent: SilentOptions): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(silent, name)));
}
