/**
 * About how wide a text is, in the units of its size: rather too wide than too narrow, for whatever font there is.
 *
 * @param size of the font
 */
export function textWidth(text: string, size: number, isBold = false): number {
  return [...text].length * size * (isBold ? 0.69 : 0.61);
}

/** A text in lines of at most that width: broken at spaces, and within words that are too long for a line. */
export function textLines(text: string, width: number, size: number, isBold = false): readonly string[] {
  const most = Math.max(4, Math.floor(width / textWidth('x', size, isBold)));
  const words = text.split(' ').flatMap((word) => ([...word].length <= most ? [word] : piecesOf(word, most)));
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && [...last, ' ', ...word].length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A name cut to a width; its end says more than its start, as in `stage3.block2.relu1`. */
export function shortName(name: string, width: number, size: number): string {
  const most = Math.max(3, Math.floor(width / textWidth('x', size)));
  const characters = [...name];
  return characters.length <= most ? name : `…${characters.slice(1 - most).join('')}`;
}

function piecesOf(word: string, most: number): readonly string[] {
  const characters = [...word];
  return Array.from({ length: Math.ceil(characters.length / most) }, (_, piece) =>
    characters.slice(piece * most, (piece + 1) * most).join(''),
  );
}
