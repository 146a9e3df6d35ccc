import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { Anchor } from '@rheobase/models';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Intersection over union of two boxes of one centre. */
export function shapeIou([w1, h1]: Anchor, [w2, h2]: Anchor): number {
  const shared = Math.min(w1, w2) * Math.min(h1, h2);
  return shared / (w1 * h1 + w2 * h2 - shared);
}

export interface AnchorClusters {
  /** By rising area. */
  readonly anchors: readonly Anchor[];
  /** Mean over the sizes of the overlap with the best anchor, 0…1. */
  readonly meanIou: number;
}

const mostRounds = 300;

/**
 * Prior boxes for a set: k-means over the sizes of its boxes with the distance 1 − IoU (Redmon and Farhadi, arXiv 1612.08242), initialized by k-means++.
 *
 * @param sizes width and height of every box, in the unit the anchors shall have
 * @param random determines the initialization
 * @throws if there are fewer different sizes than anchors asked for, or a size is not positive.
 */
export function clusterAnchors(sizes: readonly Anchor[], count: number, random: RandomGenerator): AnchorClusters {
  const different = new Set(sizes.map(([width, height]) => `${width} ${height}`)).size;
  if (!Number.isSafeInteger(count) || count < 1 || different < count) {
    throw new RangeError(
      `${count} anchors were asked for of ${different} different box sizes; ask for 1 to ${different}.`,
    );
  }
  const wrong = sizes.find(([width, height]) => !(width > 0 && height > 0));
  if (wrong !== undefined) throw new RangeError(`A box of ${wrong[0]}×${wrong[1]} has no area and no anchor.`);

  let anchors = spreadOut(sizes, count, random);
  let members: readonly number[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const nearest = sizes.map((size) => bestAnchor(size, anchors));
    if (nearest.every((own, k) => own === members[k])) break;
    members = nearest;
    anchors = anchors.map((anchor, k) => meanSize(sizes.filter((_, at) => nearest[at] === k)) ?? anchor);
  }
  const sum = sizes.reduce((total, size) => total + shapeIou(size, anchors[bestAnchor(size, anchors)] ?? size), 0);
  return { anchors: anchors.toSorted((a, b) => a[0] * a[1] - b[0] * b[1]), meanIou: sum / sizes.length };
}

/** Position of the anchor that a size overlaps most; the first of several. */
export function bestAnchor(size: Anchor, anchors: readonly Anchor[]): number {
  let [best, at] = [-1, 0];
  anchors.forEach((anchor, k) => {
    const overlap = shapeIou(size, anchor);
    if (overlap > best) [best, at] = [overlap, k];
  });
  return at;
}

function meanSize(members: readonly Anchor[]): Anchor | undefined {
  if (members.length === 0) return undefined;
  const [width, height] = members.reduce(([w, h], [width, height]) => [w + width, h + height], [0, 0]);
  return [width / members.length, height / members.length];
}

/** k-means++: each next one drawn with a probability that grows with the square of its distance. */
function spreadOut(sizes: readonly Anchor[], count: number, random: RandomGenerator): readonly Anchor[] {
  const chosen: Anchor[] = [];
  while (chosen.length < count) {
    const weights = sizes.map((size) =>
      chosen.length === 0 ? 1 : (1 - Math.max(...chosen.map((anchor) => shapeIou(size, anchor)))) ** 2,
    );
    let left = uniformFloat64(random) * weights.reduce((sum, weight) => sum + weight, 0);
    let at = weights.findLastIndex((weight) => weight > 0);
    for (const [k, weight] of weights.entries()) {
      left -= weight;
      if (weight > 0 && left < 0) {
        at = k;
        break;
      }
    }
    const next = sizes[at];
    if (next === undefined) break;
    chosen.push(next);
  }
  return chosen;
}
