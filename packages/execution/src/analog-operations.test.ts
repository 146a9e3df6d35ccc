import type { CombineNode, ElementFunctionName } from '@rheobase/network';
import {
  attributesOf,
  elementFunctionNames,
  elementFunctions,
  indicesParameter,
  networkBuilder,
  pairFunctions,
} from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { expectClose } from '@rheobase/testing';
import { grad, grads, memory, sum, tensor, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BoundNetwork } from './bind.js';
import { bind } from './bind.js';
import { disposeResult } from './run.js';
import { startTensorBackend } from './tensor-backend.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

/** Numbers of the domain of every function, away from their jumps. */
const domains: Partial<Record<ElementFunctionName, readonly number[]>> = {
  acos: [-0.9, -0.3, 0.2, 0.7],
  acosh: [1.1, 1.7, 3, 20],
  asin: [-0.9, -0.3, 0.2, 0.7],
  atanh: [-0.9, -0.3, 0.2, 0.7],
  log: [0.01, 0.5, 1, 30],
  power: [0.1, 0.5, 1, 3],
  sqrt: [0.01, 0.5, 1, 30],
  tan: [-1.2, -0.4, 0.3, 1.1],
};
const usual = [-30.2, -4.3, -1.7, -0.6, -0.01, 0.02, 0.4, 1.2, 2.6, 5.7, 12.2];
const attributes: Partial<Record<ElementFunctionName, readonly Readonly<Record<string, number>>[]>> = {
  celu: [{ alpha: 0.5 }],
  clip: [{}, { min: -1 }, { max: 0.3 }, { min: -1, max: 1 }],
  elu: [{ alpha: 0.3 }],
  gelu: [{}, { tanh: 1 }],
  hardsigmoid: [{ alpha: 0.5, beta: 0.25 }],
  leakyRelu: [{ alpha: 0.2 }],
  power: [{ exponent: 3 }, { exponent: 0.5 }, { exponent: -1 }],
  selu: [{ alpha: 2, gamma: 0.5 }],
};

/** The derivative of the sum of a node's value, by its first input. */
function gradientOf(
  bound: BoundNetwork,
  node: string,
  x: readonly number[],
  shape: readonly number[],
): ArrayLike<number> {
  return tidy(() =>
    grad((input) => {
      const value = bound.runPart(new Map([['x', input]]), [node]).get(node);
      if (value === undefined) throw new Error('no value');
      return sum(value);
    })(tensor([...x], [1, ...shape])).dataSync(),
  );
}

describe('a function on tensors', () => {
  const cases = elementFunctionNames.flatMap((name) =>
    (attributes[name] ?? [{}]).map((given) => [name, given] as const),
  );

  it.each(cases)('%s with %o is what it is defined to be, and so is its derivative', (name, given) => {
    const flat = ['floor', 'ceil', 'round', 'sign', 'step'].includes(name);
    const xs = domains[name] ?? (['exp', 'sinh', 'cosh'].includes(name) ? usual.slice(1) : usual);
    const builder = networkBuilder();
    const node = { op: 'function', name: 'f', inputs: [builder.input('x', [xs.length])], function: name } as const;
    builder.output('y', builder.node({ ...node, attributes: given }));
    const bound = bind(builder.build());
    const apply = (x: number): number => elementFunctions[name].apply(x, attributesOf(name, given));
    const batch = tensor([...xs], [1, xs.length]);
    const result = bound.run(batch);
    const tolerance = { absolute: 2e-6, relative: 2e-5 };
    const rounded = xs.map(Math.fround);
    expectClose(result.outputs.get('y')?.dataSync() ?? [], rounded.map(apply), tolerance);
    const slopes = rounded.map((x) => (flat ? 0 : (apply(x + 1e-5) - apply(x - 1e-5)) / 2e-5));
    expectClose(gradientOf(bound, 'f', xs, [xs.length]), slopes, { absolute: 1e-4, relative: 1e-3 });
    disposeResult(result);
    batch.dispose();
    bound.dispose();
  });

  it('has no NaN for a gradient where the function is steep elsewhere', () => {
    for (const name of ['elu', 'selu', 'celu', 'silu', 'mish', 'softplus', 'gelu', 'sigmoid', 'tanh'] as const) {
      const builder = networkBuilder();
      const node = { op: 'function', name: 'f', inputs: [builder.input('x', [2])], function: name } as const;
      builder.output('y', builder.node({ ...node, attributes: {} }));
      const bound = bind(builder.build());
      const found = gradientOf(bound, 'f', [-200, 200], [2]);
      expect(Array.from(found).every(Number.isFinite), `${name}: ${Array.from(found).join()}`).toBe(true);
      bound.dispose();
    }
  });
});

describe('a function of two values on tensors', () => {
  const names: readonly CombineNode['function'][] = [
    'and',
    'divide',
    'equal',
    'greater',
    'greaterOrEqual',
    'less',
    'lessOrEqual',
    'maximum',
    'minimum',
    'multiply',
    'or',
    'power',
  ];

  it.each(names)('%s is what it is defined to be, and has a gradient for both', (name) => {
    const a = [0.5, 2, 1, 0, 3, 0, 1];
    const b = [2, 0.5, 1, 1, 0, 0, -2];
    const builder = networkBuilder();
    const x = builder.input('x', [a.length]);
    const z = builder.input('z', [b.length]);
    builder.output('y', builder.node({ op: 'combine', name: 'f', inputs: [x, z], function: name }));
    const bound = bind(builder.build());
    const wanted = a.map((value, i) => pairFunctions[name](value, b[i] ?? Number.NaN));
    const used = a.map((_, i) => i).filter((i) => Number.isFinite(wanted[i]));
    const values = tidy(() => {
      const given = new Map([
        ['x', tensor(a, [1, a.length])],
        ['z', tensor(b, [1, b.length])],
      ]);
      return bound.runPart(given, ['f']).get('f')?.dataSync().slice() ?? [];
    });
    expectClose(
      used.map((i) => values[i] ?? 0),
      used.map((i) => wanted[i] ?? 0),
      { absolute: 1e-5 },
    );
    const smooth = ['divide', 'multiply', 'power'].includes(name);
    if (smooth) {
      const [p, q] = [1.5, 2.5];
      const apply = pairFunctions[name];
      const slope = (at: (e: number) => number): number => (at(1e-5) - at(-1e-5)) / 2e-5;
      const row = (value: number) => tensor(Array<number>(a.length).fill(value), [1, a.length]);
      const found = tidy(() =>
        grads((left, right) => {
          const given = new Map([
            ['x', left],
            ['z', right],
          ]);
          return sum(bound.runPart(given, ['f']).get('f') ?? left);
        })([row(p), row(q)]).map((gradient) => gradient.dataSync()[0] ?? Number.NaN),
      );
      expectClose(found, [slope((e) => apply(p + e, q)), slope((e) => apply(p, q + e))], { absolute: 1e-3 });
    }
    bound.dispose();
  });
});

describe('gather on tensors', () => {
  it('takes elements, zeros and elements twice, whose gradients add up, and leaves no tensor behind', () => {
    const before = memory().numTensors;
    const builder = networkBuilder();
    const x = builder.input('x', [2, 1, 2]);
    const indices = builder.parameter('g.indices', indicesParameter([5], [3, -1, 0, 3, 1]));
    builder.output('y', builder.node({ op: 'gather', name: 'g', inputs: [x], indices }));
    const bound = bind(builder.build());
    expect([...bound.live.keys()]).toEqual([]);
    const batch = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 1, 2]);
    const result = bound.run(batch);
    expect([...(result.outputs.get('y')?.dataSync() ?? [])]).toEqual([4, 0, 1, 4, 2, 8, 0, 5, 8, 6]);
    disposeResult(result);
    batch.dispose();
    expect(Array.from(gradientOf(bound, 'g', [1, 2, 3, 4], [2, 1, 2]))).toEqual([1, 1, 0, 2]);
    expect(bound.snapshot().parameters.get('g.indices')?.data).toEqual(Int32Array.of(3, -1, 0, 3, 1));
    bound.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
