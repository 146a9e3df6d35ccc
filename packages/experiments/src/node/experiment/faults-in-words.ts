import { inWords, shortName, someOf, unknownName } from '@rheobase/network';
import { z } from 'zod';

/** Faults that a message lists. */
export const mostFaults = 40;

/** Unknown fields that one fault lists. */
const mostFields = 8;

/** Messages for names that are not known; all others are zod's own. */
export function nearestName(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
    const { shown, left } = someOf(issue.keys, mostFields);
    const faults = shown.map((key) => unknownName('field', key, known)).join(' ');
    return left > 0 ? `${faults} Further unknown fields: ${left}.` : faults;
  }
  if (issue.input === undefined) return 'This field is missing.';
  if (issue.code === 'invalid_value' && typeof issue.input === 'string') {
    return unknownName('value', issue.input, issue.values.map(String));
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return kindMessage(issue.discriminator, issue.input, issue.options);
  }
  return undefined;
}

/** For a field that says of which kind the fields around it are. */
function kindMessage(field: string, given: unknown, options: unknown): string | undefined {
  if (typeof given !== 'object' || given === null || !Array.isArray(options)) return undefined;
  const found: unknown = Object.entries(given).find(([name]) => name === field)?.[1];
  if (found === undefined) return 'This field is missing.';
  return typeof found === 'string'
    ? unknownName(field, found, options.map(String))
    : `It must be one of ${options.map(String).join(', ')}, not ${inWords(found)}.`;
}

/** The path of a field, its names cut where they are very long. */
export function fieldOf(path: readonly PropertyKey[]): string {
  return path.map((step) => shortName(String(step))).join('.');
}

/** What is wrong with the fields of some data, of very many the first 40, a line each: the field by its path, and what is wrong with it. */
export function faultsInWords({ issues }: z.ZodError): string {
  return issues
    .slice(0, mostFaults)
    .map(({ path, message }) => `  ${path.length === 0 ? 'all of it' : fieldOf(path)}: ${message}`)
    .join('\n');
}
