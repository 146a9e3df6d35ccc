/**
 * Yes or no as annotation files spell it: `1`, `true` or `True`, number, boolean or text alike; a flag that is not there is a no.
 *
 * @returns nothing where it cannot be told
 */
export function flagIn(value: unknown): boolean | undefined {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : undefined;
  if (word === '' || word === '0' || word === 'false') return false;
  return word === '1' || word === 'true' ? true : undefined;
}
