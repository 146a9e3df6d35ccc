import type { Writable } from 'node:stream';
import { printable, someOf } from '@rheobase/network';

/** Where a command speaks: results on one stream, everything else on the other, so that stdout can be piped. */
export interface CommandOutput {
  readonly results: Writable;
  readonly messages: Writable & { readonly isTTY?: boolean };
}

/**
 * Writes text to one of the streams. All text that a command prints comes through here or through a bar of `progress.ts`: names, paths
 * and reasons come from files, and what a terminal would act on is escaped.
 */
export function write(stream: Writable, text: string): void {
  stream.write(printable(text));
}

/** A result for a machine, on one line, or for a person. */
export function writeResult(
  output: CommandOutput,
  form: { readonly json?: boolean | undefined },
  result: object,
  describe: () => string,
): void {
  write(output.results, `${form.json === true ? JSON.stringify(result) : describe()}\n`);
}

/** When something was last said. */
const lastWords = new WeakMap<CommandOutput['messages'], number>();

/** A remark to whoever watches. */
export function say(output: CommandOutput, message: string): void {
  lastWords.set(output.messages, performance.now());
  write(output.messages, `${message}\n`);
}

/** For how long nothing was said, in milliseconds; from the first time this is asked where nothing was said before. */
export function silenceOf({ messages }: CommandOutput): number {
  const now = performance.now();
  const since = lastWords.get(messages) ?? now;
  lastWords.set(messages, since);
  return now - since;
}

/** Remarks of one kind: the first three, and how many there are beyond them. */
export function sayFirstWarnings(output: CommandOutput, warnings: readonly string[], allIn?: string): void {
  const { shown, left } = someOf(warnings, 3);
  for (const warning of shown) say(output, `warning: ${warning}`);
  if (left > 0) say(output, `… and ${left} more warnings${allIn === undefined ? '' : `; ${allIn}`}.`);
}
