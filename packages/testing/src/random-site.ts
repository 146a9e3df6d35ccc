import type { Shape, SiteDefinition } from '@rheobase/network';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomChoice, randomParameter } from './random-values.js';

/** Creates the activations of a random network, or the neurons of a spiking one. */
export interface RandomSite {
  readonly op: 'activation' | 'neuron';
  /** @param shape of the site's value: `[H, W, C]` or `[C]` */
  define(random: RandomGenerator, shape: Shape): SiteDefinition;
}

/** Shapes in which a parameter applies to a value: a scalar, one per channel, one per element, or one per row, column or position. */
export function broadcastable(shape: Shape): readonly Shape[] {
  const [rows = 1, columns = 1, channels = 1] = shape;
  const common = [[], shape.slice(-1), shape];
  if (shape.length !== 3) return common;
  return [...common, [rows, 1, 1], [columns, 1], [1, columns, channels], [rows, columns, 1]];
}

export const reluSite: RandomSite = { op: 'activation', define: () => ({ kind: 'relu' }) };

/** θ between 0.5 and 2, one for the site. */
export const clipSite: RandomSite = {
  op: 'activation',
  define: (random) => ({
    kind: 'clip',
    parameters: { threshold: randomParameter(random, 'threshold', [], 0.5, 2) },
  }),
};

/** θ between 0.5 and 2, one for the site, and the given number of levels. */
export function quantClipSite(levels: number): RandomSite {
  return {
    op: 'activation',
    define: (random) => ({
      kind: 'quant-clip',
      parameters: { threshold: randomParameter(random, 'threshold', [], 0.5, 2) },
      attributes: { levels },
    }),
  };
}

/** θ between 0.5 and 2, V(0) between 0 and 1; each in any shape that applies. */
export const integrateAndFireSite: RandomSite = {
  op: 'neuron',
  define: (random, shape) => ({
    kind: 'if',
    parameters: {
      threshold: randomParameter(random, 'threshold', randomChoice(random, broadcastable(shape)), 0.5, 2),
      initialPotential: randomParameter(random, 'initialPotential', randomChoice(random, broadcastable(shape)), 0, 1),
    },
  }),
};
