import type { BoundNetwork, OverTime, UnrollOptions } from '@rheobase/execution';
import { bind, foldedOverTime, meanOverTime } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';
import type { CalibrationLoss } from './calibration-loss.js';
import { runsOf } from './image-batches.js';
import { segmentNetwork, withParametersOf } from './segment-network.js';
import type { SiteImages, SiteTask } from './site-task.js';

/** A site and its segment, ready to run. */
export interface BoundSite {
  readonly live: BoundNetwork['live'];
  /** The site's time-mean output on the chosen images, `[n, …shape]`. To be called in a tidy. */
  output(images: SiteImages, chosen: ArrayLike<number>, options?: Omit<UnrollOptions, 'steps'>): Tensor;
  /** The site's outputs over time, folded into the batch, `[T·n, …shape]`, and their mean, `[n, …shape]`. To be called in a tidy. */
  overTime(images: SiteImages, chosen: ArrayLike<number>): { readonly steps: Tensor; readonly mean: Tensor };
  /** The mean loss over all images. */
  loss(images: SiteImages, loss: CalibrationLoss): number;
  /** The whole network with the parameters as they are now. */
  snapshot(): Network;
  dispose(): void;
}

type SiteToBind = Pick<SiteTask, 'site' | 'segment' | 'steps' | 'imagesAtOnce' | 'registries'>;

/** Binds the segment of a site in a network. Dispose it when done. */
export function bindSite(network: Network, { site, segment, steps, imagesAtOnce, registries }: SiteToBind): BoundSite {
  const bound = bind(segmentNetwork(network, segment), registries);
  const valueOn = (images: SiteImages, chosen: ArrayLike<number>, options: Omit<UnrollOptions, 'steps'>): OverTime => {
    const value = bound.unroll(images.inputs(chosen), [site], { ...options, steps }).get(site);
    if (value === undefined) throw new NetworkError([{ subject: site, message: 'it gave no value' }]);
    return value;
  };
  const output: BoundSite['output'] = (images, chosen, options = {}) =>
    meanOverTime(valueOn(images, chosen, options), steps);
  return {
    live: bound.live,
    output,
    overTime(images, chosen) {
      const value = valueOn(images, chosen, {});
      return { steps: foldedOverTime(value, steps), mean: meanOverTime(value, steps) };
    },
    loss(images, loss) {
      let total = 0;
      for (const chosen of runsOf(images.count, imagesAtOnce)) {
        const mean = tidy(
          () => loss.evaluate(output(images, chosen), images.targets(chosen)).dataSync()[0] ?? Number.NaN,
        );
        total += mean * chosen.length;
      }
      return total / images.count;
    },
    snapshot: () => withParametersOf(network, bound.snapshot()),
    dispose: () => bound.dispose(),
  };
}
