import type { Writable } from 'node:stream';

/** Where a command speaks: results on one stream, everything else on the other, so that stdout can be piped. */
export interface CommandOutput {
  readonly results: Writable;
  readonly messages: Writable & { readonly isTTY?: boolean };
}

export const standardOutput: CommandOutput = { results: process.stdout, messages: process.stderr };

/** A result for a machine, on one line, or for a person. */
export function writeResult(
  output: CommandOutput,
  form: { readonly json?: boolean | undefined },
  result: object,
  describe: () => string,
): void {
  output.results.write(`${form.json === true ? JSON.stringify(result) : describe()}\n`);
}

/** A remark to whoever watches. */
export function say(output: CommandOutput, message: string): void {
  output.messages.write(`${message}\n`);
}

/** Remarks of one kind: the first three, and how many there are beyond them. */
export function sayFirstWarnings(output: CommandOutput, warnings: readonly string[], allIn?: string): void {
  for (const warning of warnings.slice(0, 3)) say(output, `warning: ${warning}`);
  if (warnings.length > 3)
    say(output, `… and ${warnings.length - 3} more warnings${allIn === undefined ? '' : `; ${allIn}`}.`);
}
