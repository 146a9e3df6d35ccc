import { defaultActivations } from '@rheobase/activations';
import { activationConformance } from '@rheobase/activations/conformance';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  getKernel,
  grads,
  mul,
  registerKernel,
  scalar,
  sum,
  tensor,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTensorBackend } from './tensor-backend.js';

const fused = ['RheobaseThresholdGrid', 'RheobaseThresholdGridGrad', 'RheobaseClipGrad'] as const;

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

/** The result of `compute` without the fused kernels registered. */
function withoutFused<T>(compute: () => T): T {
  const taken = fused.map((name) => {
    const kernel = getKernel(name, 'wasm');
    if (kernel === undefined) throw new Error(`${name} is not registered`);
    unregisterKernel(name, 'wasm');
    return kernel;
  });
  try {
    return compute();
  } finally {
    for (const kernel of taken) registerKernel(kernel);
  }
}

describe('with the fused kernels', () => {
  for (const kind of defaultActivations.names) activationConformance(defaultActivations.get(kind), { describe, it });
});

describe('an activation in training', () => {
  for (const kind of ['relu', 'relu6', 'clip', 'quant-clip', 'leaky-quant-clip', 'qcfs']) {
    it(`gives the same with the fused kernels as without, its noise and its gradients too: ${kind}`, () => {
      const activation = defaultActivations.get(kind);
      const attributes = Object.fromEntries(
        Object.entries({ levels: 4, slope: 0.1 }).filter(([name]) => name in activation.attributes),
      );
      const z = Float32Array.from({ length: 1003 }, (_, i) => 9 * Math.sin(i * 12.9898));
      const compute = (): readonly number[][] =>
        tidy(() => {
          const random = xoroshiro128plus(3);
          const f = (input: Tensor, threshold: Tensor): Tensor =>
            (activation.train ?? activation.evaluate).call(activation, input, { threshold }, attributes, random);
          const inputs = [tensor(z), scalar(5)];
          const [x, theta] = inputs;
          if (x === undefined || theta === undefined) throw new Error('there are two inputs');
          const y = f(x, theta);
          const weights = tensor(Float32Array.from(z, Math.cos));
          const gradients =
            'threshold' in activation.parameters
              ? grads((input: Tensor, threshold: Tensor) => sum(mul(f(input, threshold), weights)))([x, theta])
              : grads((input: Tensor) => sum(mul(f(input, theta), weights)))([x]);
          return [y, ...gradients].map((result) => Array.from(result.dataSync()));
        });
      const [native, composed] = [compute(), withoutFused(compute)];
      expect(native.length).toBe(composed.length);
      for (const [i, expected] of composed.entries()) {
        for (const [k, value] of expected.entries()) {
          const actual = native[i]?.[k] ?? Number.NaN;
          expect(Math.abs(actual - value), `result ${i}, value ${k}: ${actual} for ${value}`).toBeLessThan(
            1e-4 * Math.max(1, Math.abs(value)),
          );
        }
      }
    });
  }
});
