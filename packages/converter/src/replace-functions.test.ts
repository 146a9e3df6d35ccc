import type { Network } from '@rheobase/network';
import { constantParameter, networkBuilder, nodeOf, parameterOf } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { conversionProblems } from './conversion-problems.js';
import { convert } from './convert.js';
import { replaceFunctions } from './replace-functions.js';

const weight = () => ({ weight: constantParameter('weight', [2, 2], 0.5) });

/** Two hidden layers and a head that ends in a sigmoid. */
function network(): Network {
  const builder = networkBuilder();
  const apply = (name: string, input: string, of: 'sigmoid' | 'hardswish' | 'leakyRelu', attributes = {}): string =>
    builder.node({ op: 'function', name, inputs: [input], function: of, attributes });
  const first = apply('first', builder.dense('dense1', builder.input('x', [2]), weight()), 'hardswish');
  const second = apply('second', builder.dense('dense2', first, weight()), 'sigmoid');
  const third = apply('third', builder.dense('dense3', second, weight()), 'leakyRelu', { alpha: 0.25 });
  builder.output('y', apply('scores', builder.dense('dense4', third, weight()), 'sigmoid'));
  return builder.build();
}

describe('replaceFunctions', () => {
  it('replaces functions between layers by sites, and leaves those of the read-out', () => {
    const source = network();
    const replaced = replaceFunctions(source, { hardswish: 'relu6', sigmoid: 'clip', leakyRelu: 'leaky-relu' });
    expect(['first', 'second', 'third'].map((name) => nodeOf(replaced, name))).toEqual([
      {
        op: 'activation',
        name: 'first',
        inputs: ['dense1'],
        activation: { kind: 'relu6', parameters: {}, attributes: {} },
      },
      {
        op: 'activation',
        name: 'second',
        inputs: ['dense2'],
        activation: { kind: 'clip', parameters: { threshold: 'second.threshold' }, attributes: {} },
      },
      {
        op: 'activation',
        name: 'third',
        inputs: ['dense3'],
        activation: { kind: 'leaky-relu', parameters: {}, attributes: { slope: 0.25 } },
      },
    ]);
    expect(nodeOf(replaced, 'scores')).toEqual(nodeOf(source, 'scores'));
    expect(parameterOf(replaced, 'second.threshold').data).toEqual(Float32Array.of(1));
    expect(conversionProblems(source).map(({ node }) => node)).toEqual(['first', 'second', 'third']);
    // Every refusal offers the one set of replacements after which none is left.
    const offers = conversionProblems(source).map(({ waysOut }) => /--replace ([^)]*)\)/.exec(waysOut[0] ?? '')?.[1]);
    expect(new Set(offers)).toEqual(new Set(['hardswish=relu6 sigmoid=clip leakyRelu=leaky-relu']));
    expect(conversionProblems(replaced)).toEqual([]);
    const thresholds = new Map([['third', 1]]);
    expect(convert(replaced, { thresholds }).network.nodes.filter(({ op }) => op === 'neuron')).toHaveLength(3);
  });

  it('refuses names that it does not know, and functions that are not there to be replaced', () => {
    expect(() => replaceFunctions(network(), { hardswsh: 'relu' })).toThrow(
      /no function 'hardswsh'\. Did you mean 'hardswish'/,
    );
    expect(() => replaceFunctions(network(), { hardswish: 'rellu' })).toThrow(
      /no replacement 'rellu'\. Did you mean 'relu'/,
    );
    expect(() => replaceFunctions(network(), { gelu: 'relu' })).toThrow(
      /computes no 'gelu' before a layer with weights/,
    );
  });
});
