/**
 * The value that a JSON text holds.
 *
 * @param where the file's name, for messages
 * @throws naming the file, and the line of a `NaN` or `Infinity` (which Python's `json` writes), if it is no JSON.
 */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = nonNumber(text) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new Error(`${where}: is not JSON (${reason})`, { cause });
  }
}

const token = /["\n]|-?\b(?:NaN|Infinity)\b/g;

/** What to say of the first number outside of strings that JSON does not have. */
function nonNumber(text: string): string | undefined {
  let line = 1;
  token.lastIndex = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [word] = found;
    if (word === '\n') line += 1;
    else if (word === '"') token.lastIndex = endOfString(text, found.index);
    else return `line ${line} says ${word}, which JSON does not have; give a number, or leave the field out`;
  }
  return undefined;
}

/** Index just behind the string that opens at `from`, or the end of the text. JSON's strings hold no line breaks. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"' && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return text[at] === '"' ? at + 1 : Math.min(at, text.length);
}
