import { type Batch, batches, type ImageSource, type Normalization } from '@rheobase/datasets';
import type { BoundNetwork } from '@rheobase/execution';
import { describeShape, inferShapes, type Network, sameShape } from '@rheobase/network';

/** Images to run a network on. */
export interface Images {
  readonly source: ImageSource;
  readonly normalization: Normalization;
  /** How many, from the first. */
  readonly count: number;
  /** Images at a time. */
  readonly batchSize: number;
  /** Whether the batch is reduced for a network that would not fit in memory. */
  readonly fitted: boolean;
}

/** Which images of a source are used, and how many at a time. */
export interface ImageChoice {
  /** The number of images, from the first; default: all. */
  readonly limit?: number | undefined;
  /** Images at a time, whether they fit in memory or not; default: as many as fit. */
  readonly batchSize?: number | undefined;
  /** Without `batchSize`: the maximum at a time; default: 50. */
  readonly mostAtOnce?: number;
}

/** The images that options choose from a source. */
export function images(
  source: ImageSource,
  normalization: Normalization,
  { limit, batchSize, mostAtOnce = 50 }: ImageChoice = {},
): Images {
  const count = Math.min(limit ?? source.length, source.length);
  return { source, normalization, count, batchSize: batchSize ?? mostAtOnce, fitted: batchSize === undefined };
}

/**
 * Images in batches.
 *
 * @param runner what they are run on with tfjs, and which of its values are recorded: batches are sized to fit its memory
 */
export function batchesOf(
  { source, normalization, count, batchSize, fitted }: Images,
  runner: Partial<Pick<BoundNetwork, 'fittingBatch'>> = {},
  record: readonly string[] = [],
): AsyncGenerator<Batch> {
  const fitting = fitted ? (runner.fittingBatch?.({ most: batchSize, record }) ?? batchSize) : batchSize;
  return batches(source, { batchSize: fitting, normalization, limit: count });
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
        'Choose another data set, or, for a model named by --model, --model-option inputShape=H,W,C.',
    );
  }
}

/**
 * Refuses images that a network does not take, or with other classes than its own.
 *
 * @throws naming both shapes, or both numbers of classes.
 */
export function assertFits(network: Network, images: Images): void {
  assertTakes(network, images);
  const { source } = images;
  const [output = '', ...others] = network.nodes.flatMap(({ op, name }) => (op === 'output' ? [name] : []));
  const given = inferShapes(network).get(output) ?? [];
  const which = others.length > 0 ? `'s first output, '${output}',` : '';
  if (!sameShape(given, [source.classNames.length])) {
    const advice = source.classAdvice === undefined ? '' : ` ${source.classAdvice}`;
    throw new Error(
      `The network${which} gives ${describeShape(given)}, but ${source.name} has ${source.classNames.length} classes. ` +
        `Choose another data set, or, for a model named by --model, --model-option classes=N.${advice}`,
    );
  }
}
