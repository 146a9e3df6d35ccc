import { calibrate, type CalibrationMethod, type CalibrationProgress } from '@rheobase/calibrator';
import {
  describeInactive,
  foldBatchNorm,
  inactiveSites,
  type NeuronChoice,
  poolBeforeSites,
  toQuantClip,
  toSpiking,
} from '@rheobase/converter';
import { bind, recordChannelThresholds, type ThresholdRule } from '@rheobase/execution';
import type { ImageBatch, Network } from '@rheobase/network';
import { inBatches } from '@rheobase/network';
import type { NetworkRegistries } from '../network-registries.js';
import { sitesWithoutThreshold } from '../sites-without-threshold.js';

/** Inputs without labels: what conversion needs of data. */
export interface ConversionImages {
  /** Thresholds are recorded on them, and they are calibrated on. */
  readonly calibration: ImageBatch;
  /** Images never calibrated on, by which passes are chosen and layers stop. None are needed without passes. */
  readonly heldOut: ImageBatch;
}

export interface DetectorConversionRecipe {
  /** T. */
  readonly steps: number;
  /** L of the quantized network that neurons are calibrated against; default: T. */
  readonly levels?: number;
  /** The neuron model at the sites; default: the usual one for each activation. */
  readonly neuron?: string | NeuronChoice;
  /** Where θ of each channel of a plain or leaky ReLU is. */
  readonly thresholds: ThresholdRule;
  /** Passes of calibration in order; if empty, only thresholds are set. */
  readonly passes: readonly CalibrationMethod[];
  readonly seed: number;
  /** Images at a time; default: 4, which fits detectors. */
  readonly batchSize?: number;
  /** Models from outside; default: the built-in ones. */
  readonly registries?: NetworkRegistries;
  readonly onThresholds?: (images: number) => void;
  /** Told of what may not be what was meant: a site, or channels of one, that no image activated. */
  readonly onWarning?: (text: string) => void;
  readonly onProgress?: (pass: number, progress: CalibrationProgress) => void;
}

/** A spiking detector after a pass; pass 0 is the conversion itself. */
export interface ConvertedDetector {
  readonly pass: string;
  readonly network: Network;
}

export interface DetectorConversion {
  /** The source network with folded batch norms and the pooling of its stem before its first site, which changes nothing of what it computes. */
  readonly source: Network;
  /** The same with quantization-clip sites. */
  readonly quantized: Network;
  /** The conversion, then the network after each pass. */
  readonly converted: readonly [ConvertedDetector, ...ConvertedDetector[]];
}

/** Images at a time, if they fit in memory. */
const usualBatch = 4;

/**
 * Makes a spiking detector of a trained one without labels: folds batch norms, moves max poolings that lie before all spikes in front of the first site,
 * takes a threshold for every channel from images, converts, and calibrates layer by layer.
 *
 * @throws {ConversionError} if a node cannot be converted, or the neuron model cannot represent an activation.
 */
export async function convertDetector(
  network: Network,
  images: ConversionImages,
  recipe: DetectorConversionRecipe,
): Promise<DetectorConversion> {
  const { steps, levels = steps, neuron, thresholds: rule, passes, seed, onThresholds, onWarning, onProgress } = recipe;
  const { batchSize = usualBatch } = recipe;
  const { registries = {} } = recipe;
  const { siteConversions, neurons } = registries;
  const conversions = siteConversions && { conversions: siteConversions };
  const options = {
    steps,
    ...conversions,
    ...(neurons && { neurons }),
    ...(neuron !== undefined && { neuron }),
  };
  const source = poolBeforeSites(foldBatchNorm(network), { ...conversions });
  const sites = sitesWithoutThreshold(source);
  // With thresholds that are none yet, so that what cannot be converted is said before the images are run.
  toSpiking(source, { ...options, thresholds: new Map(sites.map((site) => [site, 1])) });
  const thresholds = await recorded(source, sites, images.calibration, rule, {
    registries,
    batchSize,
    onBatch: onThresholds,
  });
  for (const found of inactiveSites(thresholds)) onWarning?.(`${found.site}: ${describeInactive(found)}`);
  const quantized = toQuantClip(source, { levels, thresholds, ...conversions });
  const first = { pass: 'converted', network: toSpiking(quantized, options) };
  const converted: [ConvertedDetector, ...ConvertedDetector[]] = [first];
  for (const [index, method] of passes.entries()) {
    const { network: spiking } = converted.at(-1) ?? first;
    const calibrated = await calibrate({ quantized, spiking, steps, ...images }, method, {
      seed,
      batchSize,
      registries,
      ...(onProgress && { onProgress: (progress) => onProgress(index, progress) }),
    });
    converted.push({ pass: method.name, network: calibrated.network });
  }
  return { source, quantized, converted };
}

async function recorded(
  network: Network,
  nodes: readonly string[],
  images: ImageBatch,
  rule: ThresholdRule,
  {
    registries,
    batchSize,
    onBatch,
  }: {
    readonly registries: NetworkRegistries;
    readonly batchSize: number;
    readonly onBatch: ((images: number) => void) | undefined;
  },
): Promise<ReadonlyMap<string, Float32Array>> {
  if (nodes.length === 0) return new Map();
  const bound = bind(network, registries);
  try {
    return await recordChannelThresholds(
      bound,
      inBatches(images, bound.fittingBatch({ most: batchSize, record: nodes })),
      { nodes, rule, ...(onBatch && { onBatch }) },
    );
  } finally {
    bound.dispose();
  }
}
