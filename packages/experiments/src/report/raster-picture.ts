import { escapeMarkup } from './markup.js';
import { paper, seriesColor } from './colors.js';
import { type Key, marginOf, pictureFrame, type PictureWidth, pictureWidths, remark } from './picture-frame.js';
import { shortName, textWidth } from './text-lines.js';

/** Spikes of some neurons of each layer for one image, as `spikeRaster` gives them. */
export interface DrawnRaster {
  /** The network. */
  readonly stage: string;
  readonly steps: number;
  readonly label: string;
  readonly answers: readonly string[];
  readonly image: { readonly shape: readonly number[]; readonly pixels: readonly number[] };
  readonly layers: readonly {
    readonly node: string;
    readonly neurons: number;
    readonly spikes: readonly (readonly number[])[];
  }[];
}

const [positive, negative] = [seriesColor(0), seriesColor(3)];
const [gap, rowHeight, imageSide, nameSize] = [14, 3, 32, 11];
/** Of a wide picture, in pixels: seven panels of the usual size. */
const widest = 1060;

/**
 * A spike raster as a picture: a panel for each layer, a line for each of its neurons, a column for each time step, and the image
 * that was shown.
 */
export function rasterPicture(title: string, raster: DrawnRaster, form: PictureWidth = 'wide'): string {
  const { steps, layers, image, label, answers } = raster;
  const most = form === 'wide' ? widest : pictureWidths.narrow;
  const left = marginOf(most);
  const room = most - 2 * left;
  const longest = Math.max(...layers.map(({ node }) => textWidth(node, nameSize)), textWidth('the image', nameSize));
  const column = Math.min(Math.max(2, Math.min(16, Math.floor(160 / steps))), room / steps);
  const panelWidth = Math.min(room, Math.max(steps * column, longest, 3 * imageSide));
  const tallest = Math.max(...layers.map(({ spikes }) => spikes.length)) * rowHeight;
  const pitch = { x: panelWidth + gap, y: Math.max(tallest, 3 * imageSide) + 40 };
  const perRow = Math.max(1, Math.min(layers.length + 1, Math.floor((room + gap) / pitch.x)));
  const at = (index: number): { readonly x: number; readonly y: number } => ({
    x: left + (index % perRow) * pitch.x,
    y: 16 + Math.floor(index / perRow) * pitch.y,
  });
  const place = at(0);
  const dash = Math.max(column - 1, column / 2);
  const panels = layers.map(({ node, neurons, spikes }, index) => {
    const { x, y } = at(index + 1);
    const height = spikes.length * rowHeight;
    const dashes = (wanted: (count: number) => boolean): string =>
      spikes
        .flatMap((row, n) =>
          row.flatMap((count, t) => (wanted(count) ? [`M${t * column} ${n * rowHeight}h${dash}v2h-${dash}z`] : [])),
        )
        .join('');
    return [
      `<g transform="translate(${x},${y})"><rect y="4" width="${steps * column}" height="${height}" fill="${paper}"/>`,
      `<text font-size="${nameSize}">${escapeMarkup(shortName(node, panelWidth, nameSize))}</text>`,
      `<path transform="translate(0,4)" fill="${positive}" d="${dashes((count) => count > 0)}"/>`,
      `<path transform="translate(0,4)" fill="${negative}" d="${dashes((count) => count < 0)}"/>`,
      `<text y="${height + 16}" font-size="${nameSize}">${spikes.length} of ${neurons}</text></g>`,
    ].join('');
  });
  const rows = Math.ceil((layers.length + 1) / perRow);
  const isSigned = layers.some(({ spikes }) => spikes.some((row) => row.some((count) => count < 0)));
  const keys: readonly Key[] = [
    { label: 'spike', color: positive, form: 'block' },
    ...(isSigned ? [{ label: 'negative spike', color: negative, form: 'block' } as const] : []),
  ];
  const height = 16 + rows * pitch.y;
  const heard = `The image shows: ${label}. The network’s answer after each step: ${answers.join(', ')}.`;
  const width = form === 'narrow' ? most : Math.max(pictureWidths.wide, 2 * left + perRow * pitch.x - gap);
  const answer = remark(heard, height + 12, width);
  return pictureFrame(title, keys, {
    width,
    height: height + 12 + answer.height,
    markup: [
      `<g transform="translate(${place.x},${place.y})"><text font-size="${nameSize}">the image</text>`,
      `<g transform="translate(0,4)" shape-rendering="crispEdges">${imageMarkup(image)}</g></g>`,
      ...panels,
      answer.markup,
    ].join(''),
  });
}

/** The image as squares, at most 32 a side. */
function imageMarkup({ shape, pixels }: DrawnRaster['image']): string {
  const [height = 1, width = 1, channels = 1] = shape;
  const side = Math.min(imageSide, Math.max(height, width));
  const scale = Math.max(height, width) / side;
  const size = (3 * imageSide) / side;
  const squares: string[] = [];
  for (let y = 0; y * scale < height; y++) {
    for (let x = 0; x * scale < width; x++) {
      const from = (Math.floor(y * scale) * width + Math.floor(x * scale)) * channels;
      const value = (c: number): number => Math.round(pixels[from + Math.min(c, channels - 1)] ?? 0);
      const color = `rgb(${value(0)},${value(1)},${value(2)})`;
      squares.push(`<rect x="${x * size}" y="${y * size}" width="${size}" height="${size}" fill="${color}"/>`);
    }
  }
  return squares.join('');
}
