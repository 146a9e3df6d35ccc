import { readingLimits } from './reading-limits.js';

/**
 * Parses a JSON text.
 *
 * @param where the file's name, for messages
 * @throws naming the file, and the line of a `NaN` or `Infinity` (which Python's `json` writes), if it is not JSON, or if it is nested more than 100
 *   levels deep, which would overflow the stack of code that walks it.
 */
export function parseJson(text: string, where: string): unknown {
  if (isNestedBeyond(text, readingLimits.nesting)) {
    throw new Error(`${where}: its objects and lists are nested more than ${readingLimits.nesting} deep`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = nonNumber(text) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new Error(`${where}: is not JSON (${reason})`, { cause });
  }
}

const bracketOrString = /["[\]{}]/g;

function isNestedBeyond(text: string, most: number): boolean {
  let depth = 0;
  bracketOrString.lastIndex = 0;
  for (let found = bracketOrString.exec(text); found !== null; found = bracketOrString.exec(text)) {
    const [character] = found;
    if (character === '"') bracketOrString.lastIndex = endOfString(text, found.index);
    else depth += character === '[' || character === '{' ? 1 : -1;
    if (depth > most) return true;
  }
  return false;
}

const token = /["\n]|-?\b(?:NaN|Infinity)\b/g;

/** Describes the first number outside strings that JSON does not allow. */
function nonNumber(text: string): string | undefined {
  let line = 1;
  token.lastIndex = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [word] = found;
    if (word === '\n') line += 1;
    else if (word === '"') token.lastIndex = endOfString(text, found.index);
    else return `line ${line} says ${word}, which JSON does not have; give a number, or omit the field`;
  }
  return undefined;
}

/** Index just after the string that opens at `from`, or the end of the text. JSON strings contain no line breaks. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"' && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return text[at] === '"' ? at + 1 : Math.min(at, text.length);
}
