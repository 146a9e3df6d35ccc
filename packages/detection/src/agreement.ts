import type { Detection } from './detection.js';
import { byScore } from './detection.js';
import { iou } from './overlap.js';

/** How far the detections of two networks on one image agree. */
export interface Agreement {
  /** Detections of the reference. */
  readonly reference: number;
  /** Detections of the other network. */
  readonly found: number;
  /** Pairs of one class whose boxes overlap by at least the threshold, each detection in one pair. */
  readonly matched: number;
  /** Mean intersection over union of these pairs, 0…1; 0 if there are none. */
  readonly meanIou: number;
}

/**
 * Matches the detections of a network with those of a reference, such as the source network of a spiking one: by falling score, each takes the free box
 * of its class that it overlaps most.
 *
 * @param leastIou overlap from which two boxes are a pair
 */
export function agreement(found: readonly Detection[], reference: readonly Detection[], leastIou = 0.5): Agreement {
  const free = new Set(reference);
  let [matched, overlap] = [0, 0];
  for (const { box, label } of byScore(found)) {
    let best: { readonly detection: Detection; readonly overlap: number } | undefined;
    for (const detection of free) {
      const own = detection.label === label ? iou(box, detection.box) : 0;
      if (own >= leastIou && own > (best?.overlap ?? 0)) best = { detection, overlap: own };
    }
    if (best === undefined) continue;
    free.delete(best.detection);
    matched += 1;
    overlap += best.overlap;
  }
  return {
    reference: reference.length,
    found: found.length,
    matched,
    meanIou: matched === 0 ? 0 : overlap / matched,
  };
}
