import { unknownName } from '@rheobase/network';
import { z } from 'zod';

/** Messages for names that are not known; all others are zod's own. */
export function nearestName(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
    return issue.keys.map((key) => unknownName('field', key, known)).join(' ');
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
  return found === undefined ? 'This field is missing.' : unknownName(field, String(found), options.map(String));
}

/** What is wrong with the fields of some data, a line each: the field by its path, and what is wrong with it. */
export function faultsInWords({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => `  ${path.length === 0 ? 'all of it' : path.map(String).join('.')}: ${message}`)
    .join('\n');
}
