import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { checkProbability } from '../../augment/probability.js';
import type { RasterImage } from '../../raster-image.js';
import { type Box, boxArea, intersection, type LabelledBox } from '../box.js';
import type { BoxAugmentation } from '../box-augmentation.js';

export interface CropBoxesOptions {
  /** How likely an image is cropped, 0…1; default: 0.5. */
  readonly probability?: number;
  /** Shortest side of the crop, as a fraction of the image's, above 0 and up to 1; default: 0.6. */
  readonly least?: number;
  /** Fraction of a box's area that must stay in the crop for the box to stay, 0…1; default: 0.4. */
  readonly visible?: number;
}

/** How often a crop is drawn before the image is left whole. */
const attempts = 8;

function cut({ data, width, channels }: RasterImage, box: Box): RasterImage {
  const [rows, columns] = [box.bottom - box.top, box.right - box.left];
  const cropped = new Uint8Array(rows * columns * channels);
  for (let row = 0; row < rows; row += 1) {
    const from = ((box.top + row) * width + box.left) * channels;
    cropped.set(data.subarray(from, from + columns * channels), row * columns * channels);
  }
  return { data: cropped, height: rows, width: columns, channels };
}

/**
 * Takes a random part of the image, its sides drawn independently. Boxes move with it; those that stick out are cut and marked truncated, those
 * that hardly show are taken out. A crop in which no object is left of an image that has some is drawn again; the image stays whole
 * if eight of them fail.
 *
 * Draws one number, and four for each crop.
 *
 * @throws if an option is out of range.
 */
export function cropBoxes({ probability = 0.5, least = 0.6, visible = 0.4 }: CropBoxesOptions = {}): BoxAugmentation {
  checkProbability('crop-boxes', probability);
  checkProbability('crop-boxes', visible);
  if (!(least > 0 && least <= 1))
    throw new RangeError(`crop-boxes: least must be a number above 0 and up to 1, is ${least}`);
  return {
    name: 'crop-boxes',
    apply: (example, random) => {
      if (uniformFloat64(random) >= probability) return example;
      const { image, objects } = example;
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const side = (whole: number): number =>
          Math.max(1, Math.floor(whole * (least + (1 - least) * uniformFloat64(random)) + 0.5));
        const [height, width] = [side(image.height), side(image.width)];
        const top = uniformInt(random, 0, image.height - height);
        const left = uniformInt(random, 0, image.width - width);
        const crop: Box = { left, top, right: left + width, bottom: top + height };
        const kept = objects.flatMap((object) => inCrop(object, crop, visible));
        if (kept.length > 0 || objects.length === 0) return { image: cut(image, crop), objects: kept };
      }
      return example;
    },
  };
}

function inCrop(object: LabelledBox, crop: Box, visible: number): readonly LabelledBox[] {
  const inside = intersection(object.box, crop);
  const [area, whole] = [boxArea(inside), boxArea(object.box)];
  if (area === 0 || area < visible * whole) return [];
  const box = {
    left: inside.left - crop.left,
    top: inside.top - crop.top,
    right: inside.right - crop.left,
    bottom: inside.bottom - crop.top,
  };
  return [{ ...object, box, truncated: object.truncated || area < whole, area: (object.area * area) / whole }];
}
