import { customGradient, sumToShape } from '@rheobase/activations';
import type { NodeOf } from '@rheobase/network';
import { applyRule, NetworkError } from '@rheobase/network';
import { columnSums } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, clone, div, keep, mul, reshape, scalar, sub, tidy } from '@tensorflow/tfjs-core';
import type { Binding } from './binding.js';
import { evaluateNode } from './evaluate-node.js';
import { valueOf } from './feed.js';
import { liveParameter, liveParts } from './live-parameters.js';
import { meanOverTime } from './over-time.js';
import { nodesBetween } from './part.js';
import { biasedMean } from './step-bias.js';
import { assertRateCoded, unrollNetwork } from './unroll.js';

export interface ThroughRatesOptions {
  /** T, at least 1. */
  readonly steps: number;
}

/** Runs a part of a spiking network over T steps, then again as an analog network on its means over time; see `BoundNetwork.throughRates`. */
export function throughRates(
  binding: Binding,
  given: ReadonlyMap<string, Tensor>,
  wanted: readonly string[],
  { steps }: ThroughRatesOptions,
): ReadonlyMap<string, Tensor> {
  assertRateCoded(binding);
  const nodes = nodesBetween(binding.network, given, wanted);
  const rates = ratesOf(
    binding,
    given,
    nodes.filter((node) => node.op === 'neuron'),
    steps,
  );
  try {
    const values = new Map(given);
    for (const node of nodes) {
      const value = applyRule(node, {
        neuron: (neuron) => straightThrough(binding, neuron, values, valueOf(rates, neuron.name), steps),
        plain: (plain) =>
          evaluateNode(
            plain,
            plain.inputs.map((name) => valueOf(values, name)),
            binding,
          ),
      });
      values.set(node.name, value);
    }
    return new Map(wanted.map((name) => [name, valueOf(values, name)]));
  } finally {
    // Gradients keep those they need.
    for (const rate of rates.values()) rate.dispose();
  }
}

/** θ·N/T of every neuron, `[N, …shape]`, detached from gradients; the caller disposes them. */
function ratesOf(
  binding: Binding,
  given: ReadonlyMap<string, Tensor>,
  neurons: readonly NodeOf<'neuron'>[],
  steps: number,
): ReadonlyMap<string, Tensor> {
  const rates = new Map<string, Tensor>();
  const constant = new Map([...given].map(([name, value]) => [name, { kind: 'constant', value } as const]));
  const run = (): Tensor => {
    const names = neurons.map(({ name }) => name);
    for (const [name, value] of unrollNetwork(binding, constant, names, { steps })) {
      rates.set(name, keep(clone(meanOverTime(value, steps))));
    }
    return scalar(0);
  };
  // tfjs records nothing inside an operation with a custom gradient.
  try {
    tidy(() =>
      customGradient(
        [scalar(0)],
        () => ({ value: tidy(run), saved: [] }),
        (dy) => [dy],
      ),
    );
    return rates;
  } catch (error) {
    for (const rate of rates.values()) rate.dispose();
    throw error;
  }
}

/**
 * y = θ·N/T with the gradient of θ·r(x), x = (Ī + V(0)/T)/θ, where r′ is the neuron's rate slope and r is the actual rate N/T: ∂y/∂Ī = r′, ∂y/∂V(0) =
 * r′/T, ∂y/∂θ = N/T − r′·x. For integrate-and-fire this is the gradient of quantization-clip (METHOD.md §3).
 */
function straightThrough(
  binding: Binding,
  { name, inputs, neuron, stepBias, spikeValue }: NodeOf<'neuron'>,
  values: ReadonlyMap<string, Tensor>,
  rate: Tensor,
  steps: number,
): Tensor {
  const model = binding.neurons.get(name);
  const { threshold, initialPotential } = liveParts(binding.live, neuron.parameters);
  if (model?.rateSlope === undefined || threshold === undefined || initialPotential === undefined) {
    throw new NetworkError([
      {
        subject: name,
        message: `the neuron '${neuron.kind}' has no rate slope, so no gradient passes through its rate`,
      },
    ]);
  }
  if (spikeValue === 'one') {
    throw new NetworkError([
      { subject: name, message: 'its spikes are worth one, not θ, and the gradient of rates knows only those worth θ' },
    ]);
  }
  const { rateSlope } = model;
  const input = valueOf(values, inputs[0]);
  const current = stepBias === undefined ? input : biasedMean(input, liveParameter(binding.live, stepBias), steps);
  return customGradient(
    [current, threshold, initialPotential],
    () => ({ value: clone(rate), saved: [current, rate, threshold, initialPotential] }),
    (dy, [mean, given, theta, start]) => {
      const charge = div(add(mean, div(start, steps)), theta);
      const slope = rateSlope(charge, neuron.attributes, steps);
      const byMean = mul(dy, slope);
      const byTheta = mul(dy, sub(div(given, theta), mul(slope, charge)));
      return [byMean, sumOverImages(byTheta, theta.shape), div(sumOverImages(byMean, start.shape), steps)];
    },
  );
}

/** The sum over the images and all other axes that a parameter of this shape was broadcast along. */
function sumOverImages(gradient: Tensor, shape: readonly number[]): Tensor {
  const [count = 1, ...site] = gradient.shape;
  return sumToShape(reshape(columnSums(reshape(gradient, [count, -1])), site), shape);
}
