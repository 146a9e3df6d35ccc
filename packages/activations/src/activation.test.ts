import { modelSpec, scalarParameter } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { checkActivationSpec } from './activation.js';
import { clip } from './clip.js';
import { defaultActivations } from './default-activations.js';
import { quantClip } from './quant-clip.js';

describe('checkActivationSpec', () => {
  it('gives the activation that a spec names', () => {
    const spec = modelSpec('quant-clip', { threshold: 'a.threshold' }, { levels: 4 });
    expect(checkActivationSpec(spec, defaultActivations)).toBe(quantClip);
  });

  it('refuses an unknown kind and names the nearest', () => {
    expect(() => checkActivationSpec(modelSpec('quantclip'), defaultActivations)).toThrow(
      /no activation 'quantclip'\. Did you mean 'quant-clip'/,
    );
  });

  it('refuses levels that are missing, not integers or not positive', () => {
    for (const attributes of [{}, { levels: 2.5 }, { levels: 0 }] as const) {
      const spec = modelSpec('quant-clip', { threshold: 'a.threshold' }, attributes);
      expect(() => checkActivationSpec(spec, defaultActivations)).toThrow(/'levels'/);
    }
  });

  it('accepts a negative threshold, whose absolute value counts, and refuses zero', () => {
    const spec = modelSpec('clip', { threshold: 'a.threshold' });
    const threshold = (value: number) => new Map([['a.threshold', scalarParameter('threshold', value)]]);
    expect(checkActivationSpec(spec, defaultActivations, threshold(-2))).toBe(clip);
    expect(clip.reference(1.5, { threshold: -2 })).toBe(1.5);
    expect(() => checkActivationSpec(spec, defaultActivations, threshold(0))).toThrow(/'a\.threshold', is 0/);
  });
});
