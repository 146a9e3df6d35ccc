import type { Parameter, SiteDefinition } from '@rheobase/network';
import { scalarParameter } from '@rheobase/network';
import type { RandomSite } from './random-site.js';
import { broadcastable } from './random-site.js';
import { randomChoice, randomParameter } from './random-values.js';

type Parameters = Readonly<Record<'threshold' | 'initialPotential', Parameter>>;

const definitions = {
  if: (parameters) => ({ kind: 'if', parameters }),
  'if-hard': (parameters) => ({ kind: 'if-hard', parameters }),
  lif: (parameters) => ({ kind: 'lif', parameters: { ...parameters, leak: scalarParameter('dynamics', 0.9) } }),
  'signed-if': (parameters) => ({ kind: 'signed-if', parameters, attributes: { slope: 0.3 } }),
  'compensating-if': (parameters) => ({ kind: 'compensating-if', parameters, attributes: { tolerance: 0.01 } }),
  burst: (parameters) => ({ kind: 'burst', parameters, attributes: { maximum: 3 } }),
  // Its V(0) is its own.
  'if-shift': ({ threshold }) => ({ kind: 'if-shift', parameters: { threshold }, attributes: { steps: 4 } }),
} satisfies Readonly<Record<string, (parameters: Parameters) => SiteDefinition>>;

/** A kind of neuron that {@link neuronSite} knows the parameters of. */
export type RandomNeuronKind = keyof typeof definitions;

/** Every one of them. */
export const randomNeuronKinds: readonly RandomNeuronKind[] = [
  'if',
  'if-hard',
  'lif',
  'signed-if',
  'compensating-if',
  'burst',
  'if-shift',
];

/**
 * Neurons of some kinds: `if`, which most networks are made of, three times as often as each other. θ between 0.5 and 2, for what one of
 * `thresholds` says; V(0) between 0 and 1, in any shape that applies.
 */
export function neuronSite(
  kinds: readonly RandomNeuronKind[],
  thresholds: readonly ('layer' | 'channel' | 'neuron')[],
): RandomSite {
  const drawn = kinds.flatMap((kind) => (kind === 'if' ? [kind, kind, kind] : [kind]));
  return {
    op: 'neuron',
    define: (random, shape) => {
      const channels = shape.slice(-1);
      const shapes = { layer: [[]], channel: [channels], neuron: broadcastable(shape).slice(2) };
      const kind = randomChoice(random, drawn);
      const threshold = randomParameter(
        random,
        'threshold',
        randomChoice(random, shapes[randomChoice(random, thresholds)]),
        0.5,
        2,
      );
      const place = randomChoice(random, broadcastable(shape));
      const initialPotential = randomParameter(random, 'initialPotential', place, 0, 1);
      return definitions[kind]({ threshold, initialPotential });
    },
  };
}
