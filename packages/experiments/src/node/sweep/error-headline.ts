/** The start of an error message of the command, or of an uncaught error in Node. */
const headline = /^(rheobase|([A-Z]\w*)?Error( \[\w+\])?): ./;

/** A frame of a stack, or Node's output after it. */
const trace = /^\s+at |^Node\.js v|^\s*$/;

/**
 * The first line of the error in the output of a process that ended. The error may continue for
 * several lines, with fields, remedies, or a stack. Without such a line, the last line that is not empty; empty if there was no output.
 */
export function errorHeadline(said: string): string {
  const lines = said.split(/\r?\n/).filter((line) => !trace.test(line));
  return (lines.findLast((line) => headline.test(line)) ?? lines.at(-1) ?? '').trim();
}
