const quote = 0x22;
const backslash = 0x5c;

/** Index just after the string that opens at `from`. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1;
  return at + 1;
}

/**
 * The first duplicate key in an object of a JSON text, or undefined. `JSON.parse` silently keeps the last one, so two readers of one file could see
 * different values.
 *
 * @param text valid JSON
 */
export function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      let next = end;
      while (/\s/.test(text.charAt(next))) next += 1;
      if (text[next] === ':') {
        const key: unknown = JSON.parse(text.slice(at, end));
        const keys = open.at(-1);
        if (typeof key === 'string' && keys !== undefined) {
          if (keys.has(key)) return key;
          keys.add(key);
        }
      }
      at = end;
    } else {
      if (character === '{') open.push(new Set());
      else if (character === '}') open.pop();
      at += 1;
    }
  }
  return undefined;
}
