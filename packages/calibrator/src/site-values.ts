import type { ModelRegistries, OverTime } from '@rheobase/execution';
import { bind, meanOverTime } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { inferShapes, NetworkError, shapeAt } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';
import { imagesAtOnce, runsOf } from './image-batches.js';
import type { RecordedValues } from './recorded-values.js';
import { recordedValues } from './recorded-values.js';
import type { Segment } from './segment.js';
import { segmentNetwork } from './segment-network.js';
import { gridOf } from './site-grid.js';
import type { SiteImages, SiteTask } from './site-task.js';

/** What a segment starts from on some images, by node. */
export interface Frontier {
  readonly count: number;
  inputs(images: ArrayLike<number>): ReadonlyMap<string, OverTime>;
}

/** Runs a segment of an analog network on all images of one set, and packs the values at its end. */
export function recordActivations(
  network: Network,
  segment: Segment,
  frontier: Frontier,
  limit: number,
  registries: Partial<ModelRegistries>,
): RecordedValues {
  const { end } = segment;
  const values = recordedValues(shapeAt(inferShapes(network), end), 1, gridOf(network, end));
  const bound = bind(segmentNetwork(network, segment), registries);
  try {
    for (const chosen of runsOf(frontier.count, imagesAtOnce(network, segment, 1, limit))) {
      tidy(() => {
        const given = new Map([...frontier.inputs(chosen)].map(([name, { value }]) => [name, value]));
        values.add(known(bound.runPart(given, [end]).get(end), end).dataSync<'float32'>());
      });
    }
  } finally {
    bound.dispose();
  }
  return values;
}

/** What a site of a spiking network does on one set of images. */
export interface SiteObservation {
  /** Σ |time-mean output − target| / Σ |target|; 0 where both are 0 throughout. */
  readonly error: number;
  /** θ·s over time. */
  readonly values: RecordedValues;
}

type ObservedSite = Pick<SiteTask, 'site' | 'shape' | 'segment' | 'steps' | 'imagesAtOnce' | 'registries'>;

/** Runs a site of a spiking network on one set of images. */
export function observe(network: Network, task: ObservedSite, images: SiteImages): SiteObservation {
  const { site, shape, segment, steps, registries } = task;
  const values = recordedValues(shape, steps, gridOf(network, site));
  const bound = bind(segmentNetwork(network, segment), registries);
  let [missed, wanted] = [0, 0];
  try {
    for (const chosen of runsOf(images.count, task.imagesAtOnce)) {
      tidy(() => {
        const value = bound.unroll(images.inputs(chosen), [site], { steps }).get(site);
        const is = meanOverTime(value ?? missing(site), steps).dataSync<'float32'>();
        const should = images.targets(chosen).dataSync<'float32'>();
        for (let i = 0; i < is.length; i++) {
          missed += Math.abs((is[i] ?? 0) - (should[i] ?? 0));
          wanted += Math.abs(should[i] ?? 0);
        }
        if (value?.kind === 'changing') values.add(value.value.dataSync<'float32'>());
      });
    }
  } finally {
    bound.dispose();
  }
  return { error: missed === 0 ? 0 : missed / wanted, values };
}

function known(value: Tensor | undefined, node: string): Tensor {
  return value ?? missing(node);
}

function missing(node: string): never {
  throw new NetworkError([{ subject: node, message: 'it gave no value' }]);
}
