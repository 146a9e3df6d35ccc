import type { NetworkNode, NodeOf } from '@rheobase/network';
import { analogHead, applyRule, isPlain, NetworkError } from '@rheobase/network';
import type { Surrogate } from '@rheobase/neurons';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Binding } from './binding.js';
import { evaluateNode } from './evaluate-node.js';
import { liveParameter, liveParts } from './live-parameters.js';
import { maxPoolOverTime } from './max-pool-over-time.js';
import type { OverTime } from './over-time.js';
import { foldedOverTime, meanOverTime } from './over-time.js';
import { nodesBetween } from './part.js';
import { spikesOverTime } from './spikes-over-time.js';
import { biasedOverTime } from './step-bias.js';

export interface UnrollOptions {
  /** T, at least 1. */
  readonly steps: number;
  /** The surrogate gradient; without one, no gradient passes through spikes. */
  readonly surrogate?: Surrogate;
  /** The surrogate's slope k by neuron node, a scalar. Default: its initial slope. */
  readonly slopes?: ReadonlyMap<string, Tensor | number>;
}

/**
 * Runs a part of a spiking network over T steps, layer by layer; see `BoundNetwork.unroll`. The results are those of `simulate`, but with all time
 * steps in memory, which BPTT needs and which lets linear layers run on all steps at once.
 */
export function unrollNetwork(
  binding: Binding,
  given: ReadonlyMap<string, OverTime>,
  wanted: readonly string[],
  options: UnrollOptions,
): ReadonlyMap<string, OverTime> {
  const { steps } = options;
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new Error(`The number of time steps must be an integer of at least 1, not ${steps}.`);
  }
  assertRateCoded(binding);
  assertFolded(given, steps);
  const values = new Map(given);
  for (const node of nodesBetween(binding.network, given, wanted)) {
    values.set(node.name, valueOver(binding, node, values, options));
  }
  return new Map(wanted.map((name) => [name, known(values, name)]));
}

/**
 * Refuses differential coding, whose mean over time is not what a value stands for.
 *
 * @throws {NetworkError}
 */
export function assertRateCoded({ growth }: Binding): void {
  if (growth === undefined) return;
  throw new NetworkError([
    {
      subject: 'network',
      message:
        'its neurons have differential coding, which is simulated but not trained or calibrated through time; convert it with a neuron with rate coding',
    },
  ]);
}

function assertFolded(given: ReadonlyMap<string, OverTime>, steps: number): void {
  for (const [name, { kind, value }] of given) {
    const count = value.shape[0] ?? 0;
    if (kind === 'changing' && count % steps !== 0) {
      throw new NetworkError([
        { subject: name, message: `its value has ${count} rows, which are not ${steps} time steps of one batch` },
      ]);
    }
  }
}

function known(values: ReadonlyMap<string, OverTime>, name: string | undefined): OverTime {
  const value = name === undefined ? undefined : values.get(name);
  if (value === undefined) throw new NetworkError([{ subject: name ?? 'node', message: 'it has no value yet' }]);
  return value;
}

function valueOver(
  binding: Binding,
  node: NetworkNode,
  values: ReadonlyMap<string, OverTime>,
  options: UnrollOptions,
): OverTime {
  // The means over all steps of what the head reads, and its own values as they are: they belong to the last step.
  if (isPlain(node) && analogHead(binding.network).has(node.name)) {
    const tensors = node.inputs.map((name) => meanOverTime(known(values, name), options.steps));
    return { kind: 'constant', value: evaluateNode(node, tensors, binding) };
  }
  return applyRule<OverTime>(node, {
    neuron: (neuron) => ({
      kind: 'changing',
      value: spikesOver(binding, neuron, known(values, neuron.inputs[0]), options),
    }),
    maxPool: (pool) => maxPoolOverTime(pool, known(values, pool.inputs[0]), options.steps),
    plain: (plain) => {
      const inputs = plain.inputs.map((name) => known(values, name));
      const kind = inputs.every((input) => input.kind === 'constant') ? 'constant' : 'changing';
      const tensors = inputs.map((input) => (kind === 'constant' ? input.value : foldedOverTime(input, options.steps)));
      // What changes over time comes from spikes.
      return { kind, value: evaluateNode(plain, tensors, binding, kind === 'changing') };
    },
  });
}

/** θ·s of a neuron over time, `[T·N, …shape]`. */
function spikesOver(
  binding: Binding,
  { name, neuron, stepBias, spikeValue }: NodeOf<'neuron'>,
  given: OverTime,
  { steps, surrogate, slopes }: UnrollOptions,
): Tensor {
  const model = binding.neurons.get(name);
  if (model === undefined) throw new NetworkError([{ subject: name, message: 'this neuron is not bound' }]);
  const current = stepBias === undefined ? given : biasedOverTime(given, liveParameter(binding.live, stepBias), steps);
  return spikesOverTime({
    model,
    parameters: liveParts(binding.live, neuron.parameters),
    attributes: neuron.attributes,
    spikeValue,
    current,
    steps,
    surrogate: surrogate && { model: surrogate, slope: slopes?.get(name) ?? surrogate.initialSlope },
  });
}
