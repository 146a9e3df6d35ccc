import { findDescribed, knownNeurons } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { integerReference } from './integer-neurons.js';

describe('integerReference', () => {
  it.each<[string, readonly number[], Readonly<Record<string, number>>, readonly number[], readonly number[]]>([
    ['if', [6, 6, -9], { threshold: 10, initialPotential: 5 }, [1, 0, 0], [1, 7, -2]],
    ['if-hard', [6, 6, -9], { threshold: 10, initialPotential: 5 }, [1, 0, 0], [0, 6, -3]],
    // ⌊10/(2·4) + ½⌋ = 1 is added at every step.
    ['if-shift', [6, 6, -9], { threshold: 10, steps: 4 }, [0, 1, 0], [7, 4, -4]],
    // ⌊−3·0.5 + ½⌋ = −1 and ⌊5·0.5 + ½⌋ = 3.
    ['lif', [6, 2, 7], { threshold: 10, initialPotential: -3, leak: 0.5 }, [0, 0, 1], [5, 5, 0]],
    // θ⁻ = ⌊10/0.3 + ½⌋ = 33.
    ['signed-if', [-38, 6, 30], { threshold: 10, initialPotential: 5, slope: 0.3 }, [-1, 0, 1], [0, 6, 26]],
    // At first there is no spike to take back; at −2, after one spike, there is; up to ⌊0.15·10⌋ = 1 below 0 none is taken back.
    [
      'compensating-if',
      [-8, 16, -11, -1, -3],
      { threshold: 10, initialPotential: 5, tolerance: 0.15 },
      [0, 1, -1, 0, 0],
      [-3, 3, 2, 1, -2],
    ],
    ['burst', [36, 1, -50], { threshold: 10, initialPotential: 5, maximum: 3 }, [3, 1, 0], [11, 2, -48]],
  ])('%s follows its rule in integers', (kind, currents, values, spikes, potentials) => {
    const neuron = findDescribed(kind, knownNeurons);
    expect(neuron && integerReference(neuron.dynamics)(currents, values)).toEqual({ spikes, potentials });
  });

  it('combines a leak, a shift, signed spikes and counts in that order', () => {
    const follow = integerReference({
      reset: 'soft',
      leak: 'leak',
      shift: 'steps',
      negative: { rule: 'signed', slope: 'slope' },
      counts: 'maximum',
    });
    // 1 is added at every step; ⌊15·0.5 + ½⌋ = 8, ⌊8·0.5 + ½⌋ = 4; θ⁻ = 20.
    const values = { threshold: 10, initialPotential: 0, leak: 0.5, steps: 4, slope: 0.5, maximum: 2 };
    expect(follow([34, -1, -31], values)).toEqual({ spikes: [2, 0, -1], potentials: [15, 8, -6] });
  });

  it('sets the potential to zero at any spike of a neuron with a hard reset', () => {
    const follow = integerReference({ reset: 'hard', negative: { rule: 'signed', slope: 'slope' } });
    const values = { threshold: 10, initialPotential: 5, slope: 0.5 };
    expect(follow([6, -21, 4], values)).toEqual({ spikes: [1, -1, 0], potentials: [0, 0, 4] });
  });
});
