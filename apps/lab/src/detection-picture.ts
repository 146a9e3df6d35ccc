import type { RasterImage } from '@rheobase/datasets';
import type { Detection } from '@rheobase/detection';
import { escapeMarkup } from '@rheobase/experiments/report';
import { writeWholeFile } from '@rheobase/network/node';
import sharp from 'sharp';

/** An image and what was found in it. */
export interface DetectionPanel {
  /** Written above the image; nothing where there is one panel alone. */
  readonly title?: string;
  readonly detections: readonly Detection[];
}

const titleHeight = 28;

/** A colour for each class, neighbours far apart. */
function colourOf(label: number): string {
  return `hsl(${Math.floor((label * 137.5) % 360)}, 90%, 55%)`;
}

function boxMarkup({ box, label, score }: Detection, classNames: readonly string[], unit: number): string {
  const { left, top, right, bottom } = box;
  const colour = colourOf(label);
  const text = `${classNames[label] ?? label} ${score.toFixed(2)}`;
  const [height, width] = [13 * unit, (text.length * 7 + 6) * unit];
  const above = top >= height ? top - height : top;
  return [
    `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="${colour}" stroke-width="${2 * unit}"/>`,
    `<rect x="${left}" y="${above}" width="${width}" height="${height}" fill="${colour}"/>`,
    `<text x="${left + 3 * unit}" y="${above + 10 * unit}" font-size="${11 * unit}" font-family="monospace" fill="#000">${escapeMarkup(text)}</text>`,
  ].join('');
}

/** An image with boxes around what was found, as a PNG file; several panels stand side by side. */
export async function writeDetectionPicture(
  path: string,
  { data, height, width, channels }: RasterImage,
  panels: readonly DetectionPanel[],
  classNames: readonly string[],
): Promise<void> {
  const top = panels.some(({ title }) => title !== undefined) ? titleHeight : 0;
  // Lines and letters grow with the image, so that they can be read in a large one.
  const unit = Math.max(1, Math.max(height, width) / 640);
  const photograph = await sharp(Buffer.from(data), { raw: { height, width, channels: channels === 1 ? 1 : 3 } })
    .png()
    .toBuffer();
  const overlays = panels.map(
    ({ title, detections }, k) =>
      `<g transform="translate(${k * width}, 0)">` +
      (title === undefined
        ? ''
        : `<text x="8" y="19" font-size="15" font-family="sans-serif" fill="#fff">${escapeMarkup(title)}</text>`) +
      `<g transform="translate(0, ${top})">${detections.map((found) => boxMarkup(found, classNames, unit)).join('')}</g></g>`,
  );
  const size = { width: width * panels.length, height: height + top };
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${overlays.join('')}</svg>`;
  const picture = await sharp({ create: { ...size, channels: 3, background: '#222' } })
    .composite([
      ...panels.map((_, k) => ({ input: photograph, left: k * width, top })),
      { input: Buffer.from(svg), left: 0, top: 0 },
    ])
    .png()
    .toBuffer();
  await writeWholeFile(path, picture);
}
