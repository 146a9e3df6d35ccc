import type { Box, ImageSize, LabelledBox } from './box.js';
import { boxArea, clipToImage } from './box.js';

/** Something in a set that was wrong, and was fixed. */
export interface Finding {
  readonly kind: /** The box has no area: it was left out. */
    | 'box-without-area'
    /** The box reaches past the image's border: it was cut there. */
    | 'box-past-border'
    /** The image has no boxes: it was kept. */
    | 'image-without-boxes'
    /** The object is marked `ignore`, which COCO's protocol does not go by: it counts like any other. */
    | 'ignore-not-counted';
  /** The image's id in its set. */
  readonly image: string;
  /** Which object of the image, as the set counts or names it. */
  readonly object?: string;
}

/**
 * Mends the boxes of an image, noting what had to be done.
 *
 * @param objects with the name by which the set knows each
 * @param where of the file, for messages
 * @throws naming the file and the object if a box is not made of numbers, has its edges swapped, or lies completely outside its image.
 */
export function mendBoxes(
  objects: readonly { readonly name: string; readonly object: LabelledBox }[],
  { id, size, where }: { readonly id: string; readonly size: ImageSize; readonly where: string },
  findings: Finding[],
): readonly LabelledBox[] {
  const kept: LabelledBox[] = [];
  for (const { name, object } of objects) {
    const { box } = object;
    const fault = faultOf(box, size);
    if (fault !== undefined) throw new Error(`${where}: ${name}: ${fault}; correct the box or take the object out`);
    if (boxArea(box) === 0) {
      findings.push({ kind: 'box-without-area', image: id, object: name });
      continue;
    }
    const inside = clipToImage(box, size);
    const isCut =
      inside.left !== box.left || inside.top !== box.top || inside.right !== box.right || inside.bottom !== box.bottom;
    if (isCut) findings.push({ kind: 'box-past-border', image: id, object: name });
    kept.push(isCut ? { ...object, box: inside, area: Math.min(object.area, boxArea(inside)) } : object);
  }
  if (kept.length === 0) findings.push({ kind: 'image-without-boxes', image: id });
  return kept;
}

function faultOf(box: Box, size: ImageSize): string | undefined {
  const { left, top, right, bottom } = box;
  const edges = `left ${left}, top ${top}, right ${right}, bottom ${bottom}`;
  if (![left, top, right, bottom].every(Number.isFinite)) return `its box is not made of numbers (${edges})`;
  if (right < left || bottom < top) return `its box has its edges swapped (${edges})`;
  const isOutside = left >= size.width || top >= size.height || right <= 0 || bottom <= 0;
  if (isOutside && boxArea(box) > 0) {
    return `its box lies outside the image of ${size.width}×${size.height} pixels (${edges})`;
  }
  return undefined;
}
