import { defaultNeurons } from '@rheobase/neurons';
import { float32Parameter, networkBuilder } from '@rheobase/network';
import { overflowingNetwork, overflows } from '@rheobase/testing';
import { memory, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BoundNetwork } from './bind.js';
import { bind } from './bind.js';
import { disposeResult } from './run.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(() => startTensorBackend());

const large = [1e10, 1e10];

/** Binds, feeds and frees, and checks that a refusal leaks no tensor. */
function on<Result>(
  network: Parameters<typeof bind>[0],
  values: readonly number[],
  use: (bound: BoundNetwork, batch: ReturnType<typeof tensor>) => Result,
): Result {
  const before = memory().numTensors;
  const bound = bind(network);
  const batch = tensor([...values], [values.length / 2, 2]);
  try {
    return use(bound, batch);
  } finally {
    batch.dispose();
    bound.dispose();
    expect(memory().numTensors).toBe(before);
  }
}

describe('simulate refuses', () => {
  it.each(
    defaultNeurons.names.flatMap((kind) =>
      Object.entries(overflows).map(([what, weights]) => ({ kind, what, weights })),
    ),
  )('currents of $what into neurons of kind $kind', ({ kind, weights }) => {
    expect(() =>
      on(overflowingNetwork(kind, weights), large, (bound, batch) => bound.simulate(batch, { steps: 3 })),
    ).toThrow(/cells: its potentials hold (NaN|-?Infinity)/);
  });

  it.each([Number.NaN, Infinity, -Infinity])('inputs that hold %s, naming the input and the image', (value) => {
    expect(() =>
      on(overflowingNetwork('if', [1, 1]), [1, 1, 1, value], (bound, batch) => bound.simulate(batch, { steps: 2 })),
    ).toThrow(/x: image 1 of this input holds/);
  });
});

/** Two layers with a ReLU between them, which hides NaN. */
function analogNetwork(weights: readonly number[]) {
  const builder = networkBuilder();
  const wide = builder.dense('wide', builder.input('x', [2]), { weight: float32Parameter('weight', [2, 1], weights) });
  const site = builder.activation('site', wide, { kind: 'relu' });
  builder.output('y', builder.dense('head', site, { weight: float32Parameter('weight', [1, 2], [1, -1]) }));
  return builder.build();
}

describe('run with finite values asked for', () => {
  const running = (weights: readonly number[], values: readonly number[]) => () =>
    on(analogNetwork(weights), values, (bound, batch) => disposeResult(bound.run(batch, { finite: true })));

  it.each(Object.entries(overflows))('refuses a layer that comes to %s, naming it', (_, weights) => {
    expect(running(weights, large)).toThrow(/wide: its values hold (NaN|-?Infinity)/);
  });

  it.each([Number.NaN, Infinity, -Infinity])('refuses inputs that hold %s, naming the image', (value) => {
    expect(running([1, 1], [1, 1, value, 1])).toThrow(/x: image 1 of this input holds/);
  });

  it('takes finite values, also where their sum is not', () => {
    expect(running([1e28, 1e28], [...large, ...large, ...large, 1, 1])).not.toThrow();
  });
});
