import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeMarkup } from './markup.js';

/** Text and lines that are no data. */
export const ink = '#1d2733';
const faint = '#5b6775';

/** Colours of series, told apart by eye and in print; after the last the first comes again. */
const seriesColors = [
  '#2f6fb0',
  '#d98e04',
  '#2f9e6b',
  '#c0392b',
  '#7d4fb0',
  '#1295a8',
  '#8a6d3b',
  '#d0589c',
  '#6b7a29',
  '#5b6775',
];

export function seriesColor(index: number): string {
  return seriesColors[index % seriesColors.length] ?? ink;
}

/** What a colour means. */
export interface Key {
  readonly label: string;
  readonly color: string;
  /** `block`: a filled area; `stroke`: an upright mark; `line`: a series; `dashes`: a level to compare with. */
  readonly form: 'block' | 'stroke' | 'line' | 'dashes';
}

const [margin, keyHeight] = [24, 20];

/**
 * A picture: an SVG document that needs nothing else, with a title, the meaning of its colours, and what is drawn below them.
 *
 * @param body markup, drawn from (0, 0)
 */
export function pictureFrame(
  title: string,
  keys: readonly Key[],
  body: { readonly width: number; readonly height: number; readonly markup: string },
): string {
  const width = Math.ceil(Math.max(body.width, 2 * margin + 8.2 * title.length));
  const legend = legendOf(keys, width);
  const top = 40 + legend.height;
  const height = Math.ceil(top + body.height);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(title)}" font-family="ui-sans-serif,system-ui,'DejaVu Sans',sans-serif" font-size="12" fill="${ink}" color="${ink}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    `<text x="${margin}" y="26" font-size="15" font-weight="600">${escapeMarkup(title)}</text>`,
    ...legend.markup,
    `<g transform="translate(0,${top})">${body.markup}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

function legendOf(
  keys: readonly Key[],
  width: number,
): { readonly height: number; readonly markup: readonly string[] } {
  let [x, row] = [margin, 0];
  const markup = keys.flatMap(({ label, color, form }) => {
    const size = 34 + 7 * label.length;
    if (x > margin && x + size > width - margin) [x, row] = [margin, row + 1];
    const [at, y] = [x, 40 + row * keyHeight];
    x += size;
    return [keySign(form, color, at, y), `<text x="${at + 20}" y="${y + 10}">${escapeMarkup(label)}</text>`];
  });
  return { height: keys.length === 0 ? 0 : (row + 1) * keyHeight, markup };
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

/** Remarks at the lower edge of a picture. */
export function remark(text: string, y: number): string {
  return `<text x="${margin}" y="${y}" fill="${faint}">${escapeMarkup(text)}</text>`;
}

/** What Observable Plot draws, as markup for {@link pictureFrame}. */
export function plotMarkup(options: Plot.PlotOptions & { readonly width: number; readonly height: number }): {
  readonly width: number;
  readonly height: number;
  readonly markup: string;
} {
  const { document } = parseHTML('<html><body></body></html>');
  const drawing = Plot.plot({ style: { fontSize: '12px' }, ...options, document });
  const marks: unknown = drawing.innerHTML;
  if (typeof marks !== 'string') {
    throw new Error('The drawing has no markup; is linkedom’s document still what Plot draws into?');
  }
  const markup = `<g text-anchor="middle">${marks.replace(/<style>[^]*?<\/style>/, '')}</g>`;
  return { width: options.width, height: options.height, markup };
}
