import type { LabelledBox } from '@rheobase/datasets';

/** Numbers for an object: label (−1: there is none), left, top, right, bottom, and 1 for a crowd. */
const perObject = 6;

/**
 * The objects of a batch as numbers, as many for each image: what `fit` carries from a training source to a loss.
 *
 * @returns `[N · 6 · M]`, M the most objects of an image, at least 1
 */
export function encodeTargets(objects: readonly (readonly LabelledBox[])[]): Float32Array {
  const most = Math.max(1, ...objects.map((own) => own.length));
  const targets = new Float32Array(objects.length * most * perObject).fill(-1);
  objects.forEach((own, image) => {
    own.forEach(({ box, label, crowd }, k) => {
      targets.set([label, box.left, box.top, box.right, box.bottom, Number(crowd)], (image * most + k) * perObject);
    });
  });
  return targets;
}

/** The objects of one image from its numbers. */
export function decodeTargets(targets: Float32Array): readonly LabelledBox[] {
  const objects: LabelledBox[] = [];
  for (let at = 0; at + perObject <= targets.length; at += perObject) {
    const [label = -1, left = 0, top = 0, right = 0, bottom = 0, crowd = 0] = targets.subarray(at, at + perObject);
    if (label < 0) continue;
    objects.push({
      box: { left, top, right, bottom },
      label,
      difficult: false,
      truncated: false,
      crowd: crowd === 1,
      area: (right - left) * (bottom - top),
    });
  }
  return objects;
}
