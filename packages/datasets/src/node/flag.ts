/**
 * Yes or no as annotation files spell it: `1`, `true` or `True`, as number, boolean or text; a missing flag means no.
 *
 * @returns nothing if it is none of these
 */
export function flagIn(value: unknown): boolean | undefined {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : undefined;
  if (word === '' || word === '0' || word === 'false') return false;
  return word === '1' || word === 'true' ? true : undefined;
}
