import { float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { tanhSurrogate } from '@rheobase/neurons';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { expectClose } from '@rheobase/testing';
import {
  add,
  concat,
  memory,
  mul,
  scalar,
  slice,
  sum,
  tensor,
  tidy,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.js';
import { stepByStep } from './spikes-over-time.js';
import { biasedMean, biasedOverTime } from './step-bias.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

/** Two channels with θ = 1 and V(0) = 0, and a step bias. */
function biasedNetwork(rows: number, values: readonly number[], kind = 'if') {
  const build = networkBuilder();
  const weight = float32Parameter('weight', [2, 2], [1, 0, 0, 1]);
  const threshold = scalarParameter('threshold', 1);
  const initialPotential = scalarParameter('initialPotential', 0);
  const dense = build.dense('dense', build.input('x', [2]), { weight });
  const stepBias = build.parameter('cells.stepBias', float32Parameter('bias', [rows, 2], values));
  const parameters = {
    threshold: build.parameter('cells.threshold', threshold),
    initialPotential: build.parameter('cells.initialPotential', initialPotential),
  };
  const cells = build.node({
    op: 'neuron',
    name: 'cells',
    inputs: [dense],
    neuron: { kind, parameters, attributes: kind === 'compensating-if' ? { tolerance: 0 } : {} },
    stepBias,
  });
  build.output('out', cells);
  return build.build();
}

function spikesOf(rows: number, values: readonly number[], steps: number): number[] {
  const bound = bind(biasedNetwork(rows, values));
  const batch = tensor([0.25, 0.25], [1, 2]);
  const { records } = bound.simulate(batch, {
    steps,
    probes: [
      { kind: 'spikes', node: 'cells' },
      { kind: 'mean-input', node: 'cells' },
    ],
  });
  batch.dispose();
  bound.dispose();
  return records.flatMap(({ data }) => [...data]);
}

describe('a step bias', () => {
  it('is added to the current of its own step and channel, and is part of the mean input', () => {
    expect(spikesOf(2, [0.75, 0, 0, 0.5], 2)).toEqual([1, 0, 0, 1, 0.625, 0.5]);
  });

  it('is cut off in shorter runs, and there is none after its last row in longer ones', () => {
    expect(spikesOf(2, [0.75, 0, 0, 0.5], 1)).toEqual([1, 0, 1, 0.25]);
    expect(spikesOf(1, [0.75, 0], 4)).toEqual([1, 0, 0, 0, 0, 0, 0, 1, 0.4375, 0.25]);
  });

  it('has over all steps the gradients of adding its rows one by one, and leaves no tensor behind', () => {
    const before = memory().numTensors;
    for (const rows of [2, 3, 5]) {
      tidy(() => {
        const steps = 3;
        const bias = variable(
          tensor(
            Array.from({ length: rows * 2 }, (_, i) => Math.sin(i + 1)),
            [rows, 2],
          ),
        );
        const current = variable(tensor([0.4, 0.1, 0.3, 0.9], [1, 2, 2]));
        const weights = tensor(
          Array.from({ length: steps * 4 }, (_, i) => Math.cos(i)),
          [steps, 2, 2],
        );
        const fast = variableGrads(
          () => sum(mul(biasedOverTime({ kind: 'constant', value: current }, bias, steps).value, weights)),
          [bias, current],
        );
        const slow = variableGrads(() => {
          const each = Array.from({ length: steps }, (_, t) =>
            t < rows ? add(current, slice(bias, [t], [1])) : current,
          );
          return sum(mul(concat(each, 0), weights));
        }, [bias, current]);
        expectClose(fast.value.dataSync(), slow.value.dataSync(), { absolute: 1e-6 });
        for (const of of [bias, current]) {
          expectClose(fast.grads[of.name]?.dataSync() ?? [], slow.grads[of.name]?.dataSync() ?? [], { absolute: 1e-6 });
        }
        const mean = variableGrads(
          () => sum(mul(biasedMean(current, bias, steps), slice(weights, [0], [1]))),
          [bias, current],
        );
        const [, first = Number.NaN, , second = Number.NaN] = weights.dataSync();
        const expected = Array.from({ length: rows }, (_, t) => (t < steps ? (first + second) / steps : 0));
        expectClose(
          (mean.grads[bias.name]?.dataSync() ?? []).filter((_, i) => i % 2 === 1),
          expected,
          { absolute: 1e-6 },
        );
        bias.dispose();
        current.dispose();
      });
    }
    expect(memory().numTensors).toBe(before);
  });

  for (const kind of ['if', 'compensating-if']) {
    it(`has through time the gradients of a bias before '${kind}' step by step`, () => {
      const network = biasedNetwork(3, [0.3, -0.1, 0.2, 0.5, -0.4, 0.1], kind);
      const bound = bind(network);
      tidy(() => {
        const batch = tensor([0.4, 0.7, 0.9, 0.2], [2, 2]);
        const bias = bound.live.get('cells.stepBias');
        const model = bound.neurons.get('cells');
        if (bias === undefined || model === undefined) throw new Error('it is not bound');
        const surrogate = { surrogate: tanhSurrogate, slopes: new Map([['cells', scalar(2.5)]]) };
        const weights = tensor(
          Array.from({ length: 16 }, (_, i) => Math.cos(i)),
          [8, 2],
        );
        const fast = variableGrads(() => {
          const given = new Map([['x', { kind: 'constant', value: batch } as const]]);
          const value = bound.unroll(given, ['cells'], { steps: 4, ...surrogate }).get('cells')?.value ?? scalar(0);
          return sum(mul(value, weights));
        }, [bias]);
        const slow = variableGrads(() => {
          const each = Array.from({ length: 4 }, (_, t) => (t < 3 ? add(batch, slice(bias, [t], [1])) : batch));
          const parameters = Object.fromEntries(
            ['threshold', 'initialPotential'].map((part) => [part, bound.live.get(`cells.${part}`) ?? scalar(0)]),
          );
          const value = stepByStep({
            model,
            parameters,
            attributes: kind === 'compensating-if' ? { tolerance: 0 } : {},
            current: { kind: 'changing', value: concat(each, 0) },
            steps: 4,
            surrogate: { model: tanhSurrogate, slope: scalar(2.5) },
          });
          return sum(mul(value, weights));
        }, [bias]);
        const own = slow.grads[bias.name]?.dataSync() ?? [];
        expect([...own].some((value) => value !== 0)).toBe(true);
        expectClose(fast.grads[bias.name]?.dataSync() ?? [], own, { absolute: 1e-5 });
      });
      bound.dispose();
    });
  }
});
