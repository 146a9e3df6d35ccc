import '@tensorflow/tfjs-backend-cpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mul, round, scalar, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Activation } from './activation.js';
import { clip } from './clip.js';
import { activationChecks } from './conformance.js';
import { customGradient } from './custom-gradient.js';
import { quantClip } from './quant-clip.js';
import { relu } from './relu.js';
import { onThresholdGrid } from './threshold-grid.js';

beforeAll(async () => {
  await setBackend('cpu');
});

/** Names of the checks that an activation does not pass. */
function failures(activation: Activation): readonly string[] {
  return activationChecks(activation).flatMap(({ name, run }) => {
    try {
      run();
      return [];
    } catch {
      return [name];
    }
  });
}

function thresholdOf(parameters: Readonly<Record<string, Tensor>>): Tensor {
  const { threshold } = parameters;
  if (threshold === undefined) throw new Error('No threshold.');
  return threshold;
}

describe('the conformance suite', () => {
  it('passes what is right', () => {
    expect(failures(relu)).toEqual([]);
  });

  it('finds rounding that sends halves to the even neighbour', () => {
    const bankers: Activation = {
      ...quantClip,
      evaluate: (z, parameters, { levels = 1 }) =>
        onThresholdGrid(z, thresholdOf(parameters), {
          levels,
          lowest: 0,
          highestPassing: levels,
          quantization: { kind: 'other', quantize: round },
        }),
    };
    expect(failures(bankers)).toContain('is exactly its reference at its edges, where they are exact in float32');
  });

  it('finds a gradient that does not reach a parameter', () => {
    const stuck: Activation = {
      ...clip,
      evaluate: (z, parameters, attributes) => {
        const threshold = thresholdOf(parameters);
        return customGradient(
          [z, threshold],
          () => ({ value: clip.evaluate(z, parameters, attributes), saved: [threshold] }),
          (dy, [theta]) => [dy, mul(theta, 0)],
        );
      },
    };
    expect(failures(stuck)).toContain(
      'has the derivatives of its reference as gradients, with respect to z and every parameter',
    );
  });

  it('finds a parameter without effect, a leak, and a result that is the input', () => {
    const careless: Activation = {
      ...relu,
      evaluate: (z) => {
        scalar(1);
        return z;
      },
    };
    expect(failures(careless)).toEqual(
      expect.arrayContaining([
        'equals its scalar reference at random, zero, negative and large inputs',
        'leaks no tensor and leaves its inputs unchanged',
      ]),
    );
  });

  it('finds training that is larger than evaluation on average, or not repeatable', () => {
    const shifted: Activation = {
      ...quantClip,
      train: (z, parameters, attributes) => mul(quantClip.evaluate(z, parameters, attributes), 1.01),
    };
    expect(failures(shifted)).toContain('is in training what it is in evaluation, on average over inputs');
    let calls = 0;
    const moody: Activation = {
      ...quantClip,
      train: (z, parameters, attributes) => {
        calls += 1;
        return mul(quantClip.evaluate(z, parameters, attributes), calls);
      },
    };
    expect(failures(moody)).toContain('trains the same from the same seed');
  });
});
