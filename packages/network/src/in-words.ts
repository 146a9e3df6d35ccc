const shown = 8;
const longest = 60;

function scalar(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > longest ? `${JSON.stringify(value.slice(0, longest))}…` : JSON.stringify(value);
  }
  if (Array.isArray(value)) return '[…]';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? '{…}' : String(value);
}

/** A value from a file, shortened for a message if it is large or deep. */
export function inWords(value: unknown): string {
  if (value === undefined) return 'missing';
  if (!Array.isArray(value)) return scalar(value);
  return `[${value.slice(0, shown).map(scalar).join(', ')}${value.length > shown ? ', …' : ''}]`;
}
