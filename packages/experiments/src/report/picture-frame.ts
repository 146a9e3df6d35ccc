import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { card, faint, ink } from './colors.js';
import { escapeMarkup } from './markup.js';
import { textLines, textWidth } from './text-lines.js';

/** What a color means. */
export interface Key {
  readonly label: string;
  readonly color: string;
  /** `block`: a filled area; `stroke`: an upright mark; `line`: a series; `dashes`: a level to compare with. */
  readonly form: 'block' | 'stroke' | 'line' | 'dashes';
}

/** Widths that pictures are drawn for, in pixels: a page on a desk, and one on a phone. No text of either is smaller than 11. */
export const pictureWidths = { wide: 760, narrow: 346 } as const;
export type PictureWidth = keyof typeof pictureWidths;

const [textSize, titleSize, lineHeight] = [12, 15, 20];

/** Between the edge of a picture and its text. */
export function marginOf(width: number): number {
  return width < 500 ? 12 : 24;
}

/**
 * A picture: an SVG document that needs nothing else, with a title, the meaning of its colors, and what is drawn below them.
 *
 * @param body markup, drawn from (0, 0); the picture is as wide as it
 */
export function pictureFrame(
  title: string,
  keys: readonly Key[],
  body: { readonly width: number; readonly height: number; readonly markup: string },
): string {
  const width = Math.ceil(body.width);
  const margin = marginOf(width);
  const titles = textLines(title, width - 2 * margin, titleSize, true);
  const below = 20 + titles.length * lineHeight;
  const legend = legendOf(keys, width, below);
  const top = below + legend.height;
  const height = Math.ceil(top + body.height + 6);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(title)}" font-family="ui-sans-serif,system-ui,'DejaVu Sans',sans-serif" font-size="${textSize}" fill="${ink}" color="${ink}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${card}"/>`,
    ...titles.map(
      (line, index) =>
        `<text x="${margin}" y="${26 + index * lineHeight}" font-size="${titleSize}" font-weight="600">${escapeMarkup(line)}</text>`,
    ),
    ...legend.markup,
    `<g transform="translate(0,${top})">${body.markup}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

/** Legend keys in rows; a key that is too long for the picture takes several lines. */
function legendOf(
  keys: readonly Key[],
  width: number,
  top: number,
): { readonly height: number; readonly markup: readonly string[] } {
  const margin = marginOf(width);
  const sign = 20;
  let [x, row, rows] = [margin, 0, 1];
  const markup = keys.flatMap(({ label, color, form }) => {
    const lines = textLines(label, width - 2 * margin - sign, textSize);
    const size = sign + 14 + Math.max(...lines.map((line) => textWidth(line, textSize)));
    if (x > margin && x + size - 14 > width - margin) [x, row, rows] = [margin, row + rows, 1];
    const [at, y] = [x, top + row * lineHeight];
    x += size;
    rows = Math.max(rows, lines.length);
    return [
      keySign(form, color, at, y),
      ...lines.map(
        (line, index) => `<text x="${at + sign}" y="${y + 10 + index * lineHeight}">${escapeMarkup(line)}</text>`,
      ),
    ];
  });
  return { height: keys.length === 0 ? 0 : (row + rows) * lineHeight, markup };
}

function keySign(form: Key['form'], color: string, x: number, y: number): string {
  const line = `<line x1="${x}" x2="${x + 14}" y1="${y + 6}" y2="${y + 6}" stroke="${color}" stroke-width="2"`;
  switch (form) {
    case 'block':
      return `<rect x="${x}" y="${y}" width="12" height="12" fill="${color}"/>`;
    case 'stroke':
      return `<rect x="${x + 5}" y="${y}" width="2" height="12" fill="${color}"/>`;
    case 'line':
      return `${line}/><circle cx="${x + 7}" cy="${y + 6}" r="3" fill="${color}"/>`;
    case 'dashes':
      return `${line} stroke-dasharray="4 3"/>`;
  }
}

/** Remarks at the lower edge of a picture, in as many lines as it takes. */
export function remark(text: string, y: number, width: number): { readonly height: number; readonly markup: string } {
  const margin = marginOf(width);
  const lines = textLines(text, width - 2 * margin, textSize);
  const markup = lines.map(
    (line, index) => `<text x="${margin}" y="${y + index * 16}" fill="${faint}">${escapeMarkup(line)}</text>`,
  );
  return { height: lines.length * 16, markup: markup.join('') };
}

/** What Observable Plot draws. */
export interface PlottedMarkup {
  readonly width: number;
  readonly height: number;
  /** For {@link pictureFrame}. */
  readonly markup: string;
  /** Where a number of an axis is drawn, in pixels; of a percent axis, in percent. */
  readonly at: (axis: 'x' | 'y', value: number) => number;
}

/** What Observable Plot draws, as markup for {@link pictureFrame}. */
export function plotMarkup(
  options: Plot.PlotOptions & { readonly width: number; readonly height: number },
): PlottedMarkup {
  const { document } = parseHTML('<html><body></body></html>');
  const drawing = Plot.plot({ style: { fontSize: `${textSize}px` }, ...options, document });
  const marks: unknown = drawing.innerHTML;
  if (typeof marks !== 'string') {
    throw new Error('The drawing has no markup; is linkedom’s document still what Plot draws into?');
  }
  const markup = `<g text-anchor="middle">${marks.replace(/<style>[^]*?<\/style>/, '')}</g>`;
  return {
    width: options.width,
    height: options.height,
    markup,
    at: (axis, value) => Number(drawing.scale(axis)?.apply(value)),
  };
}
