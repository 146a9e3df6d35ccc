import type { BatchNormNode, NetworkNode } from '@rheobase/network';
import { applyRule, NetworkError, nodeOf } from '@rheobase/network';
import type { BatchStatistics } from '@rheobase/tfjs-wasm-training';
import { batchStatistics, normalizeByBatch } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clone, keep, tidy } from '@tensorflow/tfjs-core';
import { activate } from './activate.js';
import type { TensorBatch, Binding } from './binding.js';
import { evaluateNode } from './evaluate-node.js';
import { feedOf, valueOf } from './feed.js';
import { assertFiniteFeed, assertFiniteNode } from './finite-tensors.js';
import { liveParameter } from './live-parameters.js';
import { isTaped, liveValues } from './live-values.js';
import type { Mode } from './mode.js';
import { inference } from './mode.js';
import { lastReads } from './value-lifetimes.js';

export interface RunOptions {
  /** Default: inference. */
  readonly mode?: Mode;
  /** Names of further nodes whose values to return. */
  readonly record?: readonly string[];
  /**
   * Whether to refuse inputs and node values that are not finite. Default: false. Activations can turn NaN and infinity into finite values, so
   * checking the outputs is not enough.
   */
  readonly finite?: boolean;
}

/** The result of a run. The caller disposes its tensors. */
export interface RunResult {
  /** By output node, `[N, …shape]`. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** By recorded node, `[N, …shape]`. */
  readonly recorded: ReadonlyMap<string, Tensor>;
  /** In training, by batch norm node: the statistics to update its running ones with. */
  readonly statistics: ReadonlyMap<string, BatchStatistics>;
}

/** Runs an analog network once; see `BoundNetwork.run`. */
export function runNetwork(
  binding: Binding,
  batch: TensorBatch,
  { mode = inference, record = [], finite = false }: RunOptions,
): RunResult {
  const { network } = binding;
  const [neuron] = binding.neurons.keys();
  if (neuron !== undefined) {
    throw new NetworkError([
      { subject: neuron, message: 'a spiking network runs over time steps; call simulate, not run' },
    ]);
  }
  const feed = feedOf(network, batch);
  if (finite) assertFiniteFeed(feed);
  for (const name of record) nodeOf(network, name);
  const kept = new Set([...record, ...network.nodes.filter(({ op }) => op === 'output').map(({ name }) => name)]);
  // In training, gradients need the values; in inference each is freed after its last use.
  const done = mode.kind === 'inference' && !isTaped() ? lastReads(network.nodes, kept) : undefined;
  let result: RunResult = { outputs: new Map(), recorded: new Map(), statistics: new Map() };

  tidy(() => {
    const values = liveValues();
    values.hold(feed.values());
    const statistics = new Map<string, BatchStatistics>();
    for (const node of network.nodes) {
      const value = evaluate(node);
      values.set(node.name, value);
      if (finite) assertFiniteNode(node, value);
      for (const name of done?.get(node.name) ?? []) values.release(name);
    }
    const valuesOf = (names: readonly string[]): readonly (readonly [string, Tensor])[] =>
      names.map((name) => [name, valueOf(values, name)] as const);
    const outputs = valuesOf(network.nodes.filter(({ op }) => op === 'output').map(({ name }) => name));
    // Clones, so that the caller disposes neither its own input nor one value twice.
    const recorded = valuesOf([...new Set(record)]).map(([name, value]) => [name, clone(value)] as const);
    // All at once and last: kept tensors would leak on an error.
    for (const [, value] of [...outputs, ...recorded]) keep(value);
    for (const { mean, variance } of statistics.values()) [mean, variance].forEach(keep);
    result = { outputs: new Map(outputs), recorded: new Map(recorded), statistics };

    function evaluate(node: NetworkNode): Tensor {
      return applyRule(node, {
        input: ({ name }) => valueOf(feed, name),
        activation: (site) => {
          const input = valueOf(values, site.inputs[0]);
          return tidy(() => activate(binding, site, input, mode));
        },
        ...(mode.kind === 'training' && mode.batchNorms !== 'running' && { batchNorm: normalize }),
        plain: (plain) => evaluateNode(plain, inputsOf(plain), binding),
      });
    }

    function normalize({ name, inputs, scale, offset, epsilon }: BatchNormNode): Tensor {
      const input = valueOf(values, inputs[0]);
      const own = batchStatistics(input);
      statistics.set(name, own);
      return normalizeByBatch(
        input,
        liveParameter(binding.live, scale),
        liveParameter(binding.live, offset),
        own,
        epsilon,
      );
    }

    function inputsOf({ inputs }: NetworkNode): readonly Tensor[] {
      return inputs.map((name) => valueOf(values, name));
    }
  });
  return result;
}

/** Uses a result, then frees all its tensors, even on failure. */
export function usingResult<Value>(result: RunResult, use: (result: RunResult) => Value): Value {
  try {
    return use(result);
  } finally {
    disposeResult(result);
  }
}

/** Frees every tensor of a result. */
export function disposeResult({ outputs, recorded, statistics }: RunResult): void {
  for (const tensor of outputs.values()) tensor.dispose();
  for (const tensor of recorded.values()) tensor.dispose();
  for (const { mean, variance } of statistics.values()) {
    mean.dispose();
    variance.dispose();
  }
}
