import { describeInactive, foldBatchNorm, inactiveSites, toQuantClip } from '@rheobase/converter';
import { bind, recordThresholds } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { distillation, teacherFrom } from '@rheobase/training';
import { batchesOf, images } from './image-batches.js';
import { sitesWithoutThreshold } from './sites-without-threshold.js';
import type { TrainingImages } from './training-images.js';
import { type TrainedNetwork, type TrainingMeans, type TrainingRecipe, train } from './training-run.js';

/** When batch norms are folded into the layers before them. */
export const foldings = ['before', 'after'] as const;

/**
 * Where θ starts: at a percentile of the site's activations, above 0 and up to 100; or where quantizing to L levels changes them
 * least.
 */
export type StartingThresholds =
  | { readonly kind: 'percentile'; readonly percentile: number }
  | { readonly kind: 'least-squares' };

/** How sites are quantized before stage I trains. */
export interface Quantization {
  /** L, the number of quantization levels above 0; T time steps later. */
  readonly levels: number;
  /** p: fraction of activations that pass unquantized in training, 0…1 (METHOD §3). */
  readonly noise: number;
  /** Where θ of a plain ReLU starts; clips have their own. */
  readonly thresholds: StartingThresholds;
  /** Batch norms are folded before training (METHOD §3), or train and are folded after it. */
  readonly fold: (typeof foldings)[number];
}

/** Stage I: how the quantized network is fine-tuned. */
export interface StageOneRecipe extends TrainingRecipe, Quantization {
  /** Share of the loss that is the source network's rather than the labels', 0…1, and its temperature. */
  readonly distillation: { readonly weight: number; readonly temperature: number };
}

/** Images that thresholds are recorded on. */
const recordedImages = 1000;

/**
 * The network with quantized clips at its sites, θ from training images where a site has none.
 *
 * @param means.onWarning called for every site that was never active, in whole or in part
 */
export async function quantize(
  network: Network,
  { levels, noise, thresholds: start, fold }: Quantization,
  { training, normalization }: Pick<TrainingImages, 'training' | 'normalization'>,
  { onWarning, registries = {} }: Pick<TrainingMeans, 'onWarning' | 'registries'> = {},
): Promise<Network> {
  const conversions = registries.siteConversions && { conversions: registries.siteConversions };
  const folded = fold === 'before' ? foldBatchNorm(network) : network;
  const sites = sitesWithoutThreshold(folded);
  if (sites.length === 0) return toQuantClip(folded, { levels, noise, ...conversions });
  const bound = bind(folded, registries);
  try {
    const recorded = images(training, normalization, { limit: recordedImages, mostAtOnce: 100 });
    const thresholds = await recordThresholds(bound, batchesOf(recorded, bound, sites), {
      nodes: sites,
      rule: start.kind === 'percentile' ? start : { ...start, levels },
    });
    for (const found of inactiveSites(thresholds)) onWarning?.(`${found.site}: ${describeInactive(found)}`);
    return toQuantClip(folded, { levels, noise, thresholds, ...conversions });
  } finally {
    bound.dispose();
  }
}

/**
 * Stage I, quantization-clip fine-tuning (METHOD §3): quantizes a trained network and trains it on, with the network itself
 * as a teacher. The result has its batch norms folded. `registerTrainingKernels` must have been called.
 *
 * @param source the trained network, with clips or plain ReLUs: the teacher
 * @param start what is quantized and trained; default: the source. A network whose functions were replaced is another one
 */
export async function stageOne(
  source: Network,
  given: TrainingImages,
  recipe: StageOneRecipe,
  means: TrainingMeans,
  start = source,
): Promise<TrainedNetwork> {
  const { network, result } = await trainQuantized(source, start, given, recipe, means);
  return { network: foldBatchNorm(network), result };
}

/**
 * Quantizes a network and trains it on, its batch norms left as the recipe has them.
 *
 * @param source the teacher
 * @param start what is quantized: the source, or what came of it at more levels
 */
export async function trainQuantized(
  source: Network,
  start: Network,
  given: TrainingImages,
  recipe: StageOneRecipe,
  means: TrainingMeans,
): Promise<TrainedNetwork> {
  const network = await quantize(start, recipe, given, means);
  const teacher = bind(foldBatchNorm(source), means.registries);
  try {
    const objective = { loss: distillation(recipe.distillation), teacher: teacherFrom(teacher) };
    return await train({ ...given, network, recipe, objective, means });
  } finally {
    teacher.dispose();
  }
}
