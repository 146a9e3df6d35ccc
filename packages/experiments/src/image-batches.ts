import { type Batch, batches, type ImageSource, type Normalization } from '@rheobase/datasets';
import type { ImageBatch } from '@rheobase/methods';
import { describeShape, inferShapes, type Network, sameShape } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensor } from '@tensorflow/tfjs-core';

/** Images to run a network on. */
export interface Images {
  readonly source: ImageSource;
  readonly normalization: Normalization;
  /** How many, from the first. */
  readonly count: number;
  readonly batchSize: number;
}

/** The images that options choose from a source, all of them where there is no limit. */
export function images(
  source: ImageSource,
  normalization: Normalization,
  { limit, batch }: { readonly limit?: number | undefined; readonly batch: number },
): Images {
  return { source, normalization, count: Math.min(limit ?? source.length, source.length), batchSize: batch };
}

export function batchesOf({ source, normalization, count, batchSize }: Images): AsyncGenerator<Batch> {
  return batches(source, { batchSize, normalization, limit: count });
}

/** Runs some code on a batch as a tensor, and frees the tensor. */
export function onTensor<Result>(batch: ImageBatch, use: (images: Tensor) => Result): Result {
  const input = tensor(batch.images, [...batch.shape]);
  try {
    return use(input);
  } finally {
    input.dispose();
  }
}

/**
 * Refuses images that a network does not take.
 *
 * @throws naming both shapes.
 */
export function assertTakes(network: Network, { source }: Images): void {
  const input = network.nodes.find((node) => node.op === 'input')?.shape ?? [];
  if (!sameShape(input, source.imageShape)) {
    throw new Error(
      `The network takes images ${describeShape(input)}, but those of ${source.name} are ${describeShape(source.imageShape)}. ` +
        'Choose another data set, or build the model with --model-option inputShape=H,W,C.',
    );
  }
}

/**
 * Refuses images that a network does not take, or whose classes are not those it tells apart.
 *
 * @throws naming both shapes, or both numbers of classes.
 */
export function assertFits(network: Network, images: Images): void {
  assertTakes(network, images);
  const { source } = images;
  const output = network.nodes.find((node) => node.op === 'output')?.name ?? '';
  const given = inferShapes(network).get(output) ?? [];
  if (!sameShape(given, [source.classNames.length])) {
    throw new Error(
      `The network gives ${describeShape(given)}, but ${source.name} has ${source.classNames.length} classes. ` +
        'Choose another data set, or build the model with --model-option classes=N.',
    );
  }
}
