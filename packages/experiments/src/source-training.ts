import { thresholdsPerChannel } from '@rheobase/converter';
import { clipSites, type ModelFamily } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { crossEntropy, type FitOptions, stepSizeScales } from '@rheobase/training';
import type { granularities, thresholdGradients } from './stage-one.js';

/** The trainable clips of a source network (METHOD §1). */
export interface SourceClips {
  /** What θ starts at. */
  readonly threshold: number;
  /** What shares a θ; default: `layer`. */
  readonly thresholdsPer?: (typeof granularities)[number] | undefined;
}

/** A network of a family with random weights, and a trainable clip at every site. */
export function untrainedSource(
  family: ModelFamily,
  options: Readonly<Record<string, unknown>>,
  { threshold, thresholdsPer = 'layer' }: SourceClips,
  seed: number,
): Network {
  const network = family.build({ seed, activation: clipSites(threshold), ...options });
  return thresholdsPer === 'channel' ? thresholdsPerChannel(network) : network;
}

/** What a source network is trained towards. */
export interface SourceObjective {
  /** Label smoothing, from 0 to below 1. */
  readonly smoothing: number;
  /** How the gradient of θ counts; default: `plain`. */
  readonly thresholdGradient?: (typeof thresholdGradients)[number] | undefined;
}

/** The objective of a source network, for `train`: the labels, smoothed. */
export function sourceObjective(
  network: Network,
  { smoothing, thresholdGradient = 'plain' }: SourceObjective,
): Pick<FitOptions, 'loss' | 'gradientScales'> {
  return {
    loss: crossEntropy({ smoothing }),
    ...(thresholdGradient === 'scaled' && { gradientScales: stepSizeScales(network) }),
  };
}
