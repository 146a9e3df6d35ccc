/** Control characters, line and paragraph separators, bidirectional controls, lone surrogates. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu;

/**
 * Text made safe for a terminal or a page: characters that would move the cursor, change colors, hide text or change the text direction are escaped
 * as in JSON (`\u001b`). Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (character) =>
    character === '\n' || character === '\t' ? character : code(character),
  );
}

/** The same for text that must stay on one line, such as a table cell: line feeds and tabs are escaped too. */
export function printableLine(text: string): string {
  return text.replace(unprintable, code);
}

/** All of these characters are in the basic multilingual plane. */
function code(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
