import { tidy } from '@tensorflow/tfjs-core';
import type { BoundSite } from './bound-site.js';
import { runsOf } from './image-batches.js';
import type { SiteImages, SiteTask } from './site-task.js';

/**
 * By element of a site's value: the mean over images of its target minus its average over time,
 * Σ_n (target − θ·s̄)/N, in float64.
 */
export function meanGap(site: BoundSite, images: SiteImages, { shape, imagesAtOnce }: SiteTask): Float64Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const gap = new Float64Array(size);
  for (const chosen of runsOf(images.count, imagesAtOnce)) {
    tidy(() => {
      const is = site.output(images, chosen).dataSync<'float32'>();
      const should = images.targets(chosen).dataSync<'float32'>();
      for (let at = 0; at < is.length; ) {
        for (let i = 0; i < size; i++, at++) gap[i] = (gap[i] ?? 0) + (should[at] ?? 0) - (is[at] ?? 0);
      }
    });
  }
  return gap.map((sum) => sum / images.count);
}
