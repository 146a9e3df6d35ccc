import type { LedgerSummary } from './error-ledger.js';
import type { LayerErrors } from './layer-errors.js';

/** A layer's part in the loss; sizes are relative to its mean activation. */
interface Loss {
  readonly node: string;
  /** The error's mean absolute value. */
  readonly relative: number;
  /** Of all errors that arise in some layer, and are not inherited: from 0 to 1. */
  readonly share: number;
}

/**
 * An error that loses accuracy.
 *
 * - `clipping`: inputs above θ
 * - `quantization`: rates of T steps are too coarse
 * - `residual`: spikes at the wrong time, mostly `early` (before the inhibition) or mostly `late` (input left in the potential)
 * - `propagated`: no error arises in the layer itself, but it amplifies its input error: `gain` times the
 *   largest total error among the layers it reads, which are `from`
 */
export type Finding =
  | (Loss & { readonly error: 'clipping' })
  | (Loss & { readonly error: 'quantization' })
  | (Loss & { readonly error: 'residual'; readonly mostly: 'early' | 'late' })
  | {
      readonly error: 'propagated';
      readonly node: string;
      readonly relative: number;
      readonly gain: number;
      readonly from: readonly string[];
    };

/** The errors that arise in a layer; what is propagated arose before it. */
export type ArisingError = Exclude<Finding['error'], 'propagated'>;

/** What the ledger says, in short. */
export type Verdict = {
  /** Of the outputs: the least agreement, and the largest difference, among them. */
  readonly agreement: number;
  readonly difference: number;
  /** How many images were compared. */
  readonly images: number;
} & (
  | { readonly kind: 'faithful' }
  | {
      readonly kind: 'lossy';
      /** Whether the classes agree nonetheless, so that only the size of the outputs is lost. */
      readonly classesAgree: boolean;
      /** T. */
      readonly steps: number;
      /** Of all errors that arise in some layer, from 0 to 1. */
      readonly shares: Readonly<Record<ArisingError, number>>;
      /** Where errors arise, the largest first; then where they are amplified, in the same order. */
      readonly findings: readonly Finding[];
    }
);

export interface VerdictOptions {
  /** The least agreement of classes at which nothing is found wrong, from 0 to 1. Default 0.99. */
  readonly faithfulFrom?: number;
  /** The largest relative difference of the outputs at which nothing is found wrong, at least 0. Default 0.2. */
  readonly faithfulWithin?: number;
  /** The findings are the fewest that account for this fraction of the errors that arise, from 0 to 1; default: 0.5. */
  readonly explaining?: number;
  /** Maximum number of findings of either kind; default: 5. */
  readonly atMost?: number;
}

/** A layer that makes this many times more of an error than it is given is worth telling of. */
const tellingGain = 1.5;

/**
 * Which layers lose the accuracy, and by which error. Sizes are compared relative to each layer's mean activation; what an
 * error of that size does to the output is not measured, so the order among near equals means little.
 */
export function verdict(
  { steps, images, layers, outputs }: LedgerSummary,
  { faithfulFrom = 0.99, faithfulWithin = 0.2, explaining = 0.5, atMost = 5 }: VerdictOptions = {},
): Verdict {
  const agreement = Math.min(1, ...outputs.map((output) => output.agreement));
  const difference = Math.max(0, ...outputs.map((output) => output.difference));
  const classesAgree = agreement >= faithfulFrom;
  if (classesAgree && difference <= faithfulWithin) return { kind: 'faithful', agreement, difference, images };

  const arising = layers.flatMap(arisingErrors).toSorted((a, b) => b.relative - a.relative);
  const all = arising.reduce((sum, { relative }) => sum + relative, 0);
  const shareOf = (error: ArisingError): number =>
    all === 0 ? 0 : arising.reduce((sum, loss) => sum + (loss.error === error ? loss.relative : 0), 0) / all;
  const shares = {
    clipping: shareOf('clipping'),
    quantization: shareOf('quantization'),
    residual: shareOf('residual'),
  };
  const found: Finding[] = [];
  let explained = 0;
  for (const loss of arising) {
    if (loss.relative === 0 || explained >= explaining * all || found.length >= atMost) break;
    found.push({ ...loss, share: loss.relative / all });
    explained += loss.relative;
  }
  const amplified = layers.flatMap((layer) => amplification(layer, layers)).toSorted((a, b) => b.relative - a.relative);
  const findings = [...found, ...amplified.slice(0, atMost)];
  return { kind: 'lossy', agreement, difference, images, classesAgree, steps, shares, findings };
}

function arisingErrors(layer: LayerErrors): readonly Exclude<Finding, { readonly error: 'propagated' }>[] {
  const { node, clipping, quantization, residual, residualShares, representation } = layer;
  const { early, late } = residualShares;
  // Against a source that quantizes, both are the rounding, once each way, and only their sum is an error.
  const apart = clipping.meanAbsolute + quantization.meanAbsolute;
  const left = apart === 0 ? 0 : Math.min(1, representation.meanAbsolute / apart);
  return [
    { error: 'clipping', node, relative: left * clipping.relative, share: 0 },
    { error: 'quantization', node, relative: left * quantization.relative, share: 0 },
    {
      error: 'residual',
      node,
      relative: residual.relative,
      share: 0,
      mostly: early.relative >= late.relative ? 'early' : 'late',
    },
  ];
}

function amplification(
  { node, reads, propagated, total }: LayerErrors,
  layers: readonly LayerErrors[],
): readonly Finding[] {
  const from = layers.filter((layer) => reads.includes(layer.node));
  const given = Math.max(0, ...from.map((layer) => layer.total.relative));
  // Most of the layer's error has to be inherited for the layer to be named for it.
  if (given === 0 || propagated.relative < tellingGain * given || 2 * propagated.relative < total.relative) return [];
  return [
    {
      error: 'propagated',
      node,
      relative: propagated.relative,
      gain: propagated.relative / given,
      from: from.map((layer) => layer.node),
    },
  ];
}
