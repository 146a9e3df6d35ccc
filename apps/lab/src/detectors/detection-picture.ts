import type { RasterImage } from '@rheobase/datasets';
import type { Detection } from '@rheobase/detection';
import { escapeMarkup } from '@rheobase/experiments/report';
import { writeWholeFile } from '@rheobase/network/node';
import sharp from 'sharp';

/** An image and its detections. */
export interface DetectionPanel {
  /** Written above the image; absent for a single panel. */
  readonly title?: string;
  readonly detections: readonly Detection[];
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Sizes of an image and its overlay, in pixels of the picture. */
interface Scale {
  /** Picture pixels per image pixel: above 1 for images that are too small for labels. */
  readonly enlargement: number;
  /** Of a panel. */
  readonly panel: Size;
  /** Font size, from which all other measures derive. */
  readonly letters: number;
}

/** Images are enlarged until their sides have this many pixels; for the shorter side, only while the longer one stays below the maximum. */
const leastSides = { longer: 480, shorter: 240 };
const mostSide = 4000;
/** Letters on a panel of this side (the geometric mean of both) have height `usualLetters`, and scale with it. */
const usualSide = 560;
const usualLetters = 13;
/** Width over height of a letter in monospaced fonts, rounded up. */
const letterWidth = 0.62;

function scaleOf({ height, width }: Size): Scale {
  const [shorter, longer] = [Math.min(height, width), Math.max(height, width)];
  const enlargement = Math.max(
    1,
    Math.ceil(leastSides.longer / longer),
    Math.min(Math.ceil(leastSides.shorter / shorter), Math.floor(mostSide / longer)),
  );
  const panel = { height: height * enlargement, width: width * enlargement };
  const side = Math.sqrt(panel.height * panel.width);
  return { enlargement, panel, letters: usualLetters * Math.max(1, side / usualSide) };
}

/** The font size at which a line of text fits the width. */
function lettersThatFit(text: string, wanted: number, width: number): number {
  return Math.min(wanted, width / (text.length * letterWidth));
}

/** A colour per class, with neighbours far apart. */
function colourOf(label: number): string {
  return `hsl(${Math.floor((label * 137.5) % 360)}, 90%, 65%)`;
}

/** To a tenth of a pixel. */
function pixels(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function frame({ box, label }: Detection, { enlargement, letters }: Scale): string {
  const [x, y, width, height] = [box.left, box.top, box.right - box.left, box.bottom - box.top].map((value) =>
    pixels(value * enlargement),
  );
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${colourOf(label)}" stroke-width="${pixels(letters / 6)}"/>`;
}

/** Class and score: above the box, or in it if there is no room, and within the panel. */
function tag({ box, label, score }: Detection, classNames: readonly string[], scale: Scale): string {
  const { enlargement, panel } = scale;
  const text = `${classNames[label] ?? label} ${score.toFixed(2)}`;
  // One letter is reserved for the margins.
  const letters = lettersThatFit(`${text}x`, scale.letters, panel.width);
  const [height, width] = [letters * 1.25, (text.length + 1) * letters * letterWidth];
  const [top, left] = [box.top * enlargement, box.left * enlargement];
  const y = within(top >= height ? top - height : top, panel.height - height);
  const x = within(left, panel.width - width);
  return (
    `<rect x="${pixels(x)}" y="${pixels(y)}" width="${pixels(width)}" height="${pixels(height)}" fill="${colourOf(label)}"/>` +
    `<text x="${pixels(x + (letters * letterWidth) / 2)}" y="${pixels(y + letters)}" font-size="${pixels(letters)}" font-family="monospace" fill="#000">${escapeMarkup(text)}</text>`
  );
}

/** The nearest number from 0 to `most`. */
function within(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}

/** The overlay of images side by side, and their positions. */
export interface DetectionOverlay {
  /** An SVG document of the picture's size. */
  readonly svg: string;
  /** Size of the whole picture. */
  readonly size: Size;
  /** Size of the image in each panel. */
  readonly panel: Size;
  /** Height of the strip of titles above the images. */
  readonly top: number;
}

/**
 * Boxes with their labels and the titles of panels, drawn over images of one size. The boxes with the highest scores are on top, and everything is
 * clipped to its panel.
 *
 * @param image size of the image in its own pixels, the unit of detections
 */
export function detectionOverlay(
  image: Size,
  panels: readonly DetectionPanel[],
  classNames: readonly string[],
): DetectionOverlay {
  const scale = scaleOf(image);
  const { panel } = scale;
  const titles = panels.flatMap(({ title }) => (title === undefined ? [] : [title]));
  const margin = scale.letters / 2;
  const titleLetters = Math.min(
    ...titles.map((title) => lettersThatFit(title, 1.25 * scale.letters, panel.width - 2 * margin)),
  );
  const top = titles.length > 0 ? Math.ceil(titleLetters * 1.8) : 0;
  const drawn = panels.map(({ title, detections }, k) => {
    const weakestFirst = detections.toSorted((a, b) => a.score - b.score);
    const boxes = [
      ...weakestFirst.map((found) => frame(found, scale)),
      ...weakestFirst.map((found) => tag(found, classNames, scale)),
    ];
    const x = k * panel.width;
    return [
      ...(title === undefined
        ? []
        : [
            `<text x="${pixels(x + margin)}" y="${pixels(titleLetters * 1.25)}" font-size="${pixels(titleLetters)}" font-family="monospace" fill="#fff">${escapeMarkup(title)}</text>`,
          ]),
      // A nested document is clipped at its edges.
      `<svg x="${x}" y="${top}" width="${panel.width}" height="${panel.height}" overflow="hidden">${boxes.join('')}</svg>`,
    ].join('');
  });
  const size = { width: panel.width * panels.length, height: panel.height + top };
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${drawn.join('')}</svg>`,
    size,
    panel,
    top,
  };
}

/** An image with the detected boxes, as a PNG file; several panels are side by side. A small image is enlarged. */
export async function writeDetectionPicture(
  path: string,
  { data, height, width, channels }: RasterImage,
  panels: readonly DetectionPanel[],
  classNames: readonly string[],
): Promise<void> {
  const { svg, size, panel, top } = detectionOverlay({ height, width }, panels, classNames);
  const photograph = await sharp(Buffer.from(data), { raw: { height, width, channels: channels === 1 ? 1 : 3 } })
    .resize({ ...panel, kernel: 'nearest' })
    .png()
    .toBuffer();
  const picture = await sharp({ create: { ...size, channels: 3, background: '#222' } })
    .composite([
      ...panels.map((_, k) => ({ input: photograph, left: k * panel.width, top })),
      { input: Buffer.from(svg), left: 0, top: 0 },
    ])
    .png()
    .toBuffer();
  await writeWholeFile(path, picture);
}
