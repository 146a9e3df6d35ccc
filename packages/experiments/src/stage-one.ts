import {
  describeInactive,
  foldBatchNorm,
  inactiveSites,
  type RecordedThreshold,
  thresholdsPerChannel,
  toQuantClip,
} from '@rheobase/converter';
import { bind, recordChannelThresholds, recordThresholds } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { distillation, stepSizeScales, teacherFrom } from '@rheobase/training';
import { batchesOf, images } from './image-batches.js';
import { lastSites } from './last-sites.js';
import { sitesWithoutThreshold } from './sites-without-threshold.js';
import type { TrainingImages } from './training-images.js';
import { type TrainedNetwork, type TrainingMeans, type TrainingRecipe, train } from './training-run.js';

/** When batch norms are folded into the layers before them. */
export const foldings = ['before', 'after'] as const;

/** What shares a θ: a layer (METHOD §3), or each of its channels. */
export const granularities = ['layer', 'channel'] as const;

/** How the gradient of θ counts: as it is, or by the scale of learned step sizes (Esser et al., ICLR 2020). */
export const thresholdGradients = ['plain', 'scaled'] as const;

/**
 * Where θ starts: at a percentile of the site's activations, above 0 and up to 100; or where quantizing to L levels changes them
 * least.
 */
export type StartingThresholds = (
  | { readonly kind: 'percentile'; readonly percentile: number }
  | { readonly kind: 'least-squares' }
) & {
  /** Default: `layer`. */
  readonly per?: (typeof granularities)[number] | undefined;
};

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
  /** Default: `plain`. */
  readonly thresholdGradient?: (typeof thresholdGradients)[number] | undefined;
  readonly distillation: {
    /** Share of the loss that is the source network's rather than the labels', 0…1. */
    readonly weight: number;
    readonly temperature: number;
    /** Weight of the distance from the source network's values at the last site of every resolution; default: 0. */
    readonly features?: number | undefined;
  };
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
  const finished = (network: Network): Network => (start.per === 'channel' ? thresholdsPerChannel(network) : network);
  if (sites.length === 0) return finished(toQuantClip(folded, { levels, noise, ...conversions }));
  const bound = bind(folded, registries);
  try {
    const recorded = images(training, normalization, { limit: recordedImages, mostAtOnce: 100 });
    const record = start.per === 'channel' ? recordChannelThresholds : recordThresholds;
    const thresholds: ReadonlyMap<string, RecordedThreshold> = await record(bound, batchesOf(recorded, bound, sites), {
      nodes: sites,
      rule: start.kind === 'percentile' ? start : { ...start, levels },
    });
    for (const found of inactiveSites(thresholds)) onWarning?.(`${found.site}: ${describeInactive(found)}`);
    return finished(toQuantClip(folded, { levels, noise, thresholds, ...conversions }));
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
  const { weight, temperature, features = 0 } = recipe.distillation;
  const compared = features === 0 ? [] : lastSites(network, source);
  try {
    const objective = {
      loss: distillation({
        weight,
        temperature,
        features: Object.fromEntries(compared.map((site) => [site, features / compared.length])),
      }),
      teacher: teacherFrom(teacher),
      ...(recipe.thresholdGradient === 'scaled' && { gradientScales: stepSizeScales(network) }),
    };
    return await train({ ...given, network, recipe, objective, means });
  } finally {
    teacher.dispose();
  }
}
