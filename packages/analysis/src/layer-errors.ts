import type { ErrorSize, ErrorSum } from './error-size.js';
import { addError, errorSize, errorSum, relativeTo } from './error-size.js';
import type { NeuronCharge } from './neuron-charge.js';
import { chargeGiven, clipped, imbalance, negativeSpikes, spikesWorth } from './neuron-charge.js';
import type { SiteValues } from './site-values.js';

/** The errors that a rate differs by from the source's activation, in the order in which they arise (METHOD §5). */
export const errorKinds = ['propagated', 'clipping', 'quantization', 'residual'] as const;
export type ErrorKind = (typeof errorKinds)[number];

/** A part of the residual error: that of the neurons that failed in one of its two ways. */
export interface ResidualShare {
  /** How many: a neuron on an image counts once. */
  readonly count: number;
  /** Of all neurons on all images, from 0 to 1. */
  readonly share: number;
  /** Their |error|, in the layer's mean, over its mean activation; the two parts sum to `residual.relative`. */
  readonly relative: number;
}

/** Where the error of one layer of neurons comes from, over all its neurons and all images. */
export interface LayerErrors {
  readonly node: string;
  readonly neurons: number;
  /** The neuron nodes and inputs that it reads with no other neuron in between. */
  readonly reads: readonly string[];
  /** Mean |activation| of the source network here: what the relative sizes are relative to. */
  readonly meanActivation: number;
  /** f(Ī) − f(z): inherited from the layers before. */
  readonly propagated: ErrorSize;
  /** clip(Ī) − f(Ī): above θ nothing more can be said. */
  readonly clipping: ErrorSize;
  /** Q(Ī) − clip(Ī): T steps have T + 1 rates. */
  readonly quantization: ErrorSize;
  /** θ·N/T − Q(Ī): the charge was worth other spikes than those that were fired. */
  readonly residual: ErrorSize;
  /** The two ways in which a residual error comes about; no neuron is in both. */
  readonly residualShares: {
    /** Spikes fired before the inhibition arrived that should have prevented them: V(T) < 0 and N > 0. */
    readonly early: ResidualShare;
    /** Input that came too late to be fired: V(T) ≥ θ and N < T. */
    readonly late: ResidualShare;
  };
  /** Q(Ī) − f(Ī), clipping and quantization together: against a source that quantizes itself they cancel. */
  readonly representation: ErrorSize;
  /** Rate − activation, as measured in the two runs. */
  readonly total: ErrorSize;
  /** The difference of `total` from the sum of the four: 0 except for rounding. */
  readonly unexplained: ErrorSize;
}

/** A neuron site with everything that is known of it before a run. */
export interface LedgerSite {
  readonly node: string;
  /** Node of the source network whose value is the pre-activation. */
  readonly preActivation: string;
  readonly neurons: number;
  readonly reads: readonly string[];
  /** f, the source's activation here. */
  readonly activation: (z: number, values: SiteValues) => number;
  /** Its parameters, by neuron, or one for all. */
  readonly values: readonly SiteValues[];
  /** By neuron, or one for all. */
  readonly charges: readonly NeuronCharge[];
}

/** One batch at one site, each `[N, …shape]`. */
export interface SiteRun {
  readonly steps: number;
  /** z, of the source network. */
  readonly preActivation: ArrayLike<number>;
  /** f(z) as the source network computed it. */
  readonly activation: ArrayLike<number>;
  /** Ī. */
  readonly meanInput: ArrayLike<number>;
  /** N, signed. */
  readonly count: ArrayLike<number>;
  /** V(T). */
  readonly residual: ArrayLike<number>;
  /** θ·N/T as the simulation computed it. */
  readonly rate: ArrayLike<number>;
}

/** Adds up the errors of one layer over many batches. */
export interface LayerSums {
  /** @throws if the records break the charge balance, so that they cannot be of this neuron. */
  add(run: SiteRun): void;
  summary(): LayerErrors;
}

/** Rounding in float32 stays far below it over any number of steps that is run; other parameters exceed it. */
const largestImbalance = 0.01;

export function layerSums(site: LedgerSite): LayerSums {
  const sums = {
    propagated: errorSum(),
    clipping: errorSum(),
    quantization: errorSum(),
    residual: errorSum(),
    representation: errorSum(),
    total: errorSum(),
    unexplained: errorSum(),
    activation: errorSum(),
  };
  const early = { count: 0, absolute: 0 };
  const late = { count: 0, absolute: 0 };
  let elements = 0;

  return {
    add: (run) => {
      const { neurons, activation } = site;
      const { steps } = run;
      for (let i = 0; i < run.count.length; i += 1) {
        const values = site.values[site.values.length === 1 ? 0 : i % neurons];
        const charge = site.charges[site.charges.length === 1 ? 0 : i % neurons];
        if (values === undefined || charge === undefined)
          throw new Error(`${site.node}: neuron ${i} has no parameters`);
        const [meanInput, count, residual] = [
          element(run.meanInput, i),
          element(run.count, i),
          element(run.residual, i),
        ];
        const given = chargeGiven(charge, meanInput, steps);
        const downwards = negativeSpikes(charge, given, count, residual);
        const upwards = count + downwards;
        // Written so that NaN is refused, too.
        if (!(imbalance(charge, given, upwards, downwards, residual) <= largestImbalance)) {
          throw unbalanced(site.node, count, meanInput, residual);
        }
        const worth = spikesWorth(charge, upwards, downwards, residual, steps);
        const step = charge.threshold / steps;
        const rate = step * count;
        const said = step * worth;
        const steady = activation(meanInput, values);
        const most = clipped(charge, meanInput);
        const wanted = activation(element(run.preActivation, i), values);
        const measured = element(run.rate, i) - element(run.activation, i);

        addError(sums.propagated, steady - wanted);
        addError(sums.clipping, most - steady);
        addError(sums.quantization, said - most);
        addError(sums.residual, rate - said);
        addError(sums.representation, said - steady);
        addError(sums.total, measured);
        addError(sums.unexplained, measured - (rate - wanted));
        addError(sums.activation, element(run.activation, i));
        if (count !== worth) {
          // Fired more than the charge was worth in the direction that it fired in, or less.
          const part = count * (count - worth) > 0 ? early : late;
          part.count += 1;
          part.absolute += Math.abs(rate - said);
        }
      }
      elements += run.count.length;
    },
    summary: () => {
      const meanActivation = sums.activation.absolute / elements;
      const size = (sum: ErrorSum): ErrorSize => errorSize(sum, elements, meanActivation);
      const share = ({ count, absolute }: typeof early): ResidualShare => ({
        count,
        share: count / elements,
        relative: relativeTo(absolute / elements, meanActivation),
      });
      return {
        node: site.node,
        neurons: site.neurons,
        reads: site.reads,
        meanActivation,
        propagated: size(sums.propagated),
        clipping: size(sums.clipping),
        quantization: size(sums.quantization),
        residual: size(sums.residual),
        residualShares: { early: share(early), late: share(late) },
        representation: size(sums.representation),
        total: size(sums.total),
        unexplained: size(sums.unexplained),
      };
    },
  };
}

function element(values: ArrayLike<number>, i: number): number {
  return values[i] ?? Number.NaN;
}

function unbalanced(node: string, count: number, meanInput: number, residual: number): Error {
  return new Error(
    `${node}: the records break the charge balance in a neuron with ${count} spikes, mean input ${meanInput} and ` +
      `V(T) ${residual}. Pass records of the network that the ledger was made for, with finite weights, simulated for ` +
      'the number of steps that it was made for.',
  );
}
