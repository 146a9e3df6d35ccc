import type { Writable } from 'node:stream';
import { printable, someOf } from '@rheobase/network';

/** A command's streams: results on one, everything else on the other, so that stdout can be piped. */
export interface CommandOutput {
  readonly results: Writable;
  readonly messages: Writable & { readonly isTTY?: boolean; readonly rows?: number };
}

/**
 * Writes text to one of the streams. All text that a command prints goes through here or through a bar of `progress.ts`: names, paths and reasons
 * come from files, so control sequences are escaped.
 */
export function write(stream: Writable, text: string): void {
  stream.write(printable(text));
}

/** Writes a result, either as one line of JSON or as text. */
export function writeResult(
  output: CommandOutput,
  form: { readonly json?: boolean | undefined },
  result: object,
  describe: () => string,
): void {
  write(output.results, `${form.json === true ? JSON.stringify(result) : describe()}\n`);
}

/** Time of the last message. */
const lastWords = new WeakMap<CommandOutput['messages'], number>();

/** Writes a message. */
export function say(output: CommandOutput, message: string): void {
  lastWords.set(output.messages, performance.now());
  write(output.messages, `${message}\n`);
}

/** Milliseconds since the last message, or since the first call if there was none. */
export function silenceOf({ messages }: CommandOutput): number {
  const now = performance.now();
  const since = lastWords.get(messages) ?? now;
  lastWords.set(messages, since);
  return now - since;
}

/** Writes the first three warnings of one kind, and the number of the others. */
export function sayFirstWarnings(output: CommandOutput, warnings: readonly string[], allIn?: string): void {
  const { shown, left } = someOf(warnings, 3);
  for (const warning of shown) say(output, `warning: ${warning}`);
  if (left > 0) say(output, `… and ${left} more warnings${allIn === undefined ? '' : `; ${allIn}`}.`);
}
