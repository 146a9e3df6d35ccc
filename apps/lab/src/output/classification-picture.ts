import type { RasterImage } from '@rheobase/datasets';
import { escapeMarkup } from '@rheobase/experiments/report';
import sharp from 'sharp';

/** A class that an image may be of. */
export interface RankedClass {
  readonly label: number;
  readonly class: string;
  /** 0…1 */
  readonly probability: number;
}

/** An image, and its likeliest classes first. */
export interface ClassifiedImage {
  readonly file: string;
  readonly image: RasterImage;
  readonly top: readonly RankedClass[];
}

const margin = 20;
/** Of the longer side of an image; smaller ones are enlarged by an integer factor, larger ones shrunk. */
const shown = 224;
const row = 34;
const bars = 320;
const longestName = 34;

/** Each image with bars of its likeliest classes beside it: an SVG document. */
export async function classificationPicture(images: readonly ClassifiedImage[]): Promise<string> {
  const width = margin * 3 + shown + bars;
  const panels: string[] = [];
  let top = margin;
  for (const classified of images) {
    panels.push(`<g transform="translate(${margin} ${top})">${await panel(classified)}</g>`);
    top += Math.max(shown, classified.top.length * row + 24) + margin;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}" role="img" aria-label="the likeliest classes of images">`,
    '<style>text{font:13px ui-sans-serif,system-ui,"DejaVu Sans",sans-serif;fill:#1d2733}text.file{fill:#5b6775}</style>',
    `<rect width="${width}" height="${top}" fill="#ffffff"/>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

async function panel({ file, image, top }: ClassifiedImage): Promise<string> {
  const { data, width, height } = await scaled(image);
  const x = shown + margin;
  const rows = top.map(({ class: name, probability }, k) => {
    const y = 24 + k * row;
    const text = escapeMarkup(shortened(name));
    const share = `${(100 * probability).toFixed(1)} %`;
    return (
      `<text x="${x}" y="${y + 11}">${text}</text><text x="${x + bars}" y="${y + 11}" text-anchor="end">${share}</text>` +
      `<rect x="${x}" y="${y + 16}" width="${bars}" height="8" rx="3" fill="#eef1f5"/>` +
      `<rect x="${x}" y="${y + 16}" width="${(bars * probability).toFixed(1)}" height="8" rx="3" fill="#2f6fb0"/>`
    );
  });
  return (
    `<image x="${(shown - width) / 2}" y="0" width="${width}" height="${height}" href="data:image/png;base64,${data.toString('base64')}"/>` +
    `<text class="file" x="${x}" y="11">${escapeMarkup(shortened(file.split(/[/\\]/).at(-1) ?? file))}</text>${rows.join('')}`
  );
}

/** Twice as large as it is drawn, for sharp screens. */
async function scaled({ data, height, width, channels }: RasterImage) {
  const scale = shown / Math.max(height, width);
  const drawn = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const png = await sharp(Buffer.from(data), { raw: { height, width, channels: channels === 1 ? 1 : 3 } })
    .resize({
      width: 2 * drawn.width,
      height: 2 * drawn.height,
      fit: 'fill',
      kernel: scale > 1 ? 'nearest' : 'lanczos3',
    })
    .png()
    .toBuffer();
  return { data: png, ...drawn };
}

function shortened(text: string): string {
  return text.length <= longestName ? text : `${text.slice(0, longestName - 1)}…`;
}
