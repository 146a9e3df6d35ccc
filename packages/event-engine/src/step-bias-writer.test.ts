import { toInteger } from '@rheobase/converter';
import type { Network } from '@rheobase/network';
import { float32Parameter, mostPotentialSteps, networkBuilder, nodeOf, scalarParameter } from '@rheobase/network';
import { expectClose, referenceSimulate } from '@rheobase/testing';
import { describe, expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';

/** Three neurons after three weights, with a step bias of this many rows. */
function biasedNetwork(rows: number): Network {
  const build = networkBuilder();
  const weight = float32Parameter('weight', [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const dense = build.dense('dense', build.input('x', [3]), { weight });
  const parameters = {
    threshold: build.parameter('cells.threshold', scalarParameter('threshold', 1)),
    initialPotential: build.parameter('cells.initialPotential', scalarParameter('initialPotential', 0.5)),
  };
  const values = Array.from({ length: rows * 3 }, (_, i) => Math.round(16 * Math.sin(i)) / 32);
  const stepBias = build.parameter('cells.stepBias', float32Parameter('bias', [rows, 3], values));
  const neuron = { kind: 'if', parameters, attributes: {} };
  build.output('out', build.node({ op: 'neuron', name: 'cells', inputs: [dense], neuron, stepBias }));
  return build.build();
}

describe('the step biases of a plan', () => {
  it('are those of each step, for several images and runs, shorter and longer than a word and than the rows', async () => {
    const images = [Float32Array.from([0.25, 0.5, 0.125]), Float32Array.from([0.75, 0, 0.375])];
    const batch = { shape: [2, 3], images: Float32Array.from(images.flatMap((image) => [...image])) };
    for (const rows of [1, 4, 32, 50]) {
      const network = biasedNetwork(rows);
      for (const own of [network, toInteger(network, { inputMaximum: 1 }).network]) {
        const engine = await eventEngine(own);
        for (const steps of [1, 4, 32, 70, 3]) {
          const { data } = engine.simulate(batch, { steps }).outputs.get('out') ?? { data: [] };
          const references = images.map((image) => referenceSimulate(own, image, steps).values.get('out') ?? []);
          const expected = Array.from({ length: steps }, (_, t) => references.flatMap((of) => [...(of[t] ?? [])]));
          expectClose(data, expected.flat(), { absolute: 1e-6 });
        }
      }
    }
  });

  it('are whole units of the potential in an integer network, and count for how many steps it can run', () => {
    const { network, currentUnits } = toInteger(biasedNetwork(4), { inputMaximum: 1 });
    const cells = nodeOf(network, 'cells');
    const name = cells.op === 'neuron' ? (cells.stepBias ?? '') : '';
    const unit = currentUnits.get('cells') ?? new Float64Array();
    const given = biasedNetwork(4).parameters.get('cells.stepBias')?.data ?? new Float32Array();
    const whole = Int32Array.from(given, (value, i) => Math.floor(value / (unit[i % 3] ?? 1) + 0.5));
    expect(network.parameters.get(name)).toMatchObject({ type: 'int32', shape: [4, 3], data: whole });
    if (cells.op !== 'neuron') throw new Error('It is no neuron.');
    const { stepBias: _, ...unbiased } = cells;
    expect(mostPotentialSteps(network, cells, 100)).toBeLessThan(mostPotentialSteps(network, unbiased, 100));
  });

  it('must be integers in an integer network', async () => {
    const { network } = toInteger(biasedNetwork(4), { inputMaximum: 1 });
    const parameters = new Map(network.parameters).set('cells.stepBias', float32Parameter('bias', [1, 3], [0, 0, 0]));
    await expect(eventEngine({ ...network, parameters })).rejects.toThrow(
      /its stepBias 'cells.stepBias' is float32, not int32/,
    );
  });
});
