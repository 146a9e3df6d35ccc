import type { BoxSource } from './box-source.js';
import type { Finding } from './finding.js';

/** What a set of images with boxes is made of, and the dirt that was found in it. */
export interface BoxReport {
  readonly images: number;
  readonly boxes: number;
  readonly boxesByClass: Readonly<Record<string, number>>;
  readonly difficult: number;
  readonly truncated: number;
  readonly crowds: number;
  /** How many findings of each kind. */
  readonly findings: Readonly<Record<Finding['kind'], number>>;
  /** Images whose every pixel is grey; absent where the pixels were not read. */
  readonly greyImages?: number;
}

/**
 * Counts what is in a set.
 *
 * @param pixels reads every image too, to count the grey ones
 * @throws (the promise rejects) as the source's `read` does.
 */
export async function examineBoxes(
  source: BoxSource,
  { pixels = false }: { readonly pixels?: boolean } = {},
): Promise<BoxReport> {
  const byClass = new Map(source.classNames.map((name) => [name, 0]));
  let [boxes, difficult, truncated, crowds, grey] = [0, 0, 0, 0, 0];
  for (let index = 0; index < source.length; index += 1) {
    for (const object of source.annotation(index).objects) {
      const name = source.classNames[object.label] ?? String(object.label);
      byClass.set(name, (byClass.get(name) ?? 0) + 1);
      boxes += 1;
      difficult += Number(object.difficult);
      truncated += Number(object.truncated);
      crowds += Number(object.crowd);
    }
    if (pixels && isGrey((await source.read(index)).image.data)) grey += 1;
  }
  const count = (kind: Finding['kind']): number => source.findings.filter((finding) => finding.kind === kind).length;
  return {
    images: source.length,
    boxes,
    boxesByClass: Object.fromEntries([...byClass].filter(([, many]) => many > 0)),
    difficult,
    truncated,
    crowds,
    findings: {
      'box-without-area': count('box-without-area'),
      'box-past-border': count('box-past-border'),
      'image-without-boxes': count('image-without-boxes'),
      'ignore-not-counted': count('ignore-not-counted'),
    },
    ...(pixels && { greyImages: grey }),
  };
}

function isGrey(rgb: Uint8Array): boolean {
  for (let at = 0; at < rgb.length; at += 3) {
    if (rgb[at] !== rgb[at + 1] || rgb[at] !== rgb[at + 2]) return false;
  }
  return true;
}
