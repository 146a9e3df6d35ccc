/** As the command begins what went wrong, or as Node does what nobody caught. */
const headline = /^(rheobase|([A-Z]\w*)?Error( \[\w+\])?): ./;

/** A frame of a stack, or what Node says behind it. */
const trace = /^\s+at |^Node\.js v|^\s*$/;

/**
 * What went wrong, in a line: that which the error begins with, of all that a process said before it ended. An error may go on for
 * lines after it, with fields, remedies, or a stack. Where none is begun so, the last line that says something; empty, if nothing was said.
 */
export function errorHeadline(said: string): string {
  const lines = said.split(/\r?\n/).filter((line) => !trace.test(line));
  return (lines.findLast((line) => headline.test(line)) ?? lines.at(-1) ?? '').trim();
}
