import { describe, expect, it } from 'vitest';
import { registry, unknownName } from './registry.js';

const neurons = registry('neuron', [
  ['if', 1],
  ['lif', 2],
  ['signed-if', 3],
]);

describe('registry', () => {
  it('gives entries by name', () => {
    expect(neurons.get('lif')).toBe(2);
    expect([neurons.has('lif'), neurons.has('burst')]).toEqual([true, false]);
    expect(neurons.names).toEqual(['if', 'lif', 'signed-if']);
  });

  it('answers an unknown name with the nearest ones first', () => {
    expect(() => neurons.get('signedif')).toThrow(
      "There is no neuron 'signedif'. Did you mean 'signed-if'? Known: signed-if, if, lif.",
    );
    expect(() => neurons.get('toString')).toThrow(/There is no neuron 'toString'/);
  });

  it('grows into a new registry and stays as it was', () => {
    const more = neurons.with(['burst', 4]);
    expect(more.get('burst')).toBe(4);
    expect(more.get('if')).toBe(1);
    expect(neurons.has('burst')).toBe(false);
  });

  it('refuses a name that is taken', () => {
    expect(() => neurons.with(['if', 9])).toThrow(
      "The neuron 'if' is registered twice; give one of them another name.",
    );
    expect(() =>
      registry('neuron', [
        ['a', 1],
        ['a', 2],
      ]),
    ).toThrow(/'a' is registered twice/);
  });
});

describe('unknownName', () => {
  it('guesses only what is near', () => {
    expect(unknownName('op', 'conv3d', ['conv2d', 'dense'])).toBe(
      "There is no op 'conv3d'. Did you mean 'conv2d'? Known: conv2d, dense.",
    );
    expect(unknownName('op', 'quantize', ['conv2d', 'dense'])).not.toMatch(/Did you mean/);
    expect(unknownName('op', 'x', [])).toBe("There is no op 'x': none is registered.");
  });

  it('lists no more than two dozen names', () => {
    const known = Array.from({ length: 30 }, (_, i) => `layer${i}`);
    expect(unknownName('node', 'layer30', known)).toMatch(/ and 6 more\.$/);
  });
});
