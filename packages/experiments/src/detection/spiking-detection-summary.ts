import { energyOf, macsOf, operationsAt } from '@rheobase/analysis';
import type { ApProtocol } from '@rheobase/detection';
import type { Network } from '@rheobase/network';
import type { Counting } from '../spiking-summary.js';
import type { SpikingDetections } from './spiking-detections.js';

/** What a spiking detector comes to after t steps. */
export interface DetectionStep {
  readonly steps: number;
  /** Mean AP at an overlap of 0.5, and the protocol's headline, 0…1. */
  readonly meanApAtHalf: number;
  readonly meanAp: number;
  /** Relative distance of the maps from the source network's; absent where that was not run. */
  readonly distance?: number;
  /** Spikes of a neuron and step. */
  readonly firingRate: number;
  /** Synaptic operations of an image, those into the read-out included. */
  readonly sopsPerImage: number;
  /** Energy over that of the source network. */
  readonly energyRatio: number;
}

/** The figures of a simulation of a detector. */
export interface SpikingDetectionSummary {
  readonly protocol: string;
  readonly images: number;
  /** Multiply-accumulates of the source network for an image, without and with those that fall on padding. */
  readonly macsPerImage: number;
  readonly denseMacsPerImage: number;
  readonly at: readonly DetectionStep[];
  /** Spikes of a neuron and step over all T steps, by layer. */
  readonly firingRates: Readonly<Record<string, number>>;
}

/** What a simulation of a detector came to, in figures. */
export function summarizeDetections(
  network: Network,
  { steps: all, images, judgedAt, distanceAt, firing }: SpikingDetections,
  {
    protocol,
    classes,
    counting = {},
  }: { readonly protocol: ApProtocol; readonly classes: number; readonly counting?: Counting },
): SpikingDetectionSummary {
  const macs = macsOf(network);
  return {
    protocol: protocol.name,
    images,
    macsPerImage: macs.exact,
    denseMacsPerImage: macs.dense,
    at: [...judgedAt].map(([steps, judged]) => {
      const report = protocol.evaluate(judged, classes);
      const sopsPerImage = operationsAt(firing.operations, steps);
      const distance = distanceAt.get(steps);
      return {
        steps,
        meanApAtHalf: report.meanApAtHalf,
        meanAp: report.meanAp,
        ...(distance !== undefined && { distance }),
        firingRate: firing.rate[steps - 1] ?? 0,
        sopsPerImage: sopsPerImage.hidden + sopsPerImage.readOut,
        energyRatio: energyOf({ ...counting, network, steps, sopsPerImage }).ratio,
      };
    }),
    firingRates: Object.fromEntries(firing.layers.map(({ node, rate }) => [node, rate[all - 1] ?? 0])),
  };
}

/** Powers of two up to T, and T. */
export function doublingSteps(steps: number): readonly number[] {
  const shown: number[] = [];
  for (let t = 1; t < steps; t *= 2) shown.push(t);
  return [...shown, steps];
}
