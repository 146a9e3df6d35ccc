/** Control characters, separators of lines and paragraphs, marks that turn the direction of writing, halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu;

/**
 * Text as it may reach a terminal or a page: characters that would move the cursor, change colors, hide text or turn the direction of
 * writing are written as `\u001b`, which is also how JSON has them. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (character) =>
    character === '\n' || character === '\t' ? character : code(character),
  );
}

/** The same of what has to stay on one line, such as a cell of a table: line feeds and tabs are escaped as well. */
export function printableLine(text: string): string {
  return text.replace(unprintable, code);
}

/** All of these characters are in the basic multilingual plane. */
function code(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
