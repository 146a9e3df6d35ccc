import { NetworkError } from '@rheobase/network';
import type { BatchStatistics } from '@rheobase/tfjs-wasm-training';
import { batchStatistics, normalizeByBatch } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clone, keep, tidy } from '@tensorflow/tfjs-core';
import { activate } from './activate.js';
import type { Batch, Binding } from './binding.js';
import { evaluateNode } from './evaluate-node.js';
import { feedOf, valueOf } from './feed.js';
import { liveParameter } from './live-parameters.js';
import type { Mode } from './mode.js';
import { inference } from './mode.js';

export interface RunOptions {
  /** Default: inference. */
  readonly mode?: Mode;
  /** Names of nodes whose values to return too. */
  readonly record?: readonly string[];
}

/** What a run gives. Every tensor in it is the caller's to dispose. */
export interface RunResult {
  /** By output node, `[N, …shape]`. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** By recorded node, `[N, …shape]`. */
  readonly recorded: ReadonlyMap<string, Tensor>;
  /** In training, by batch norm node: what its running statistics are to be updated with. */
  readonly statistics: ReadonlyMap<string, BatchStatistics>;
}

/** Runs an analog network once; see `BoundNetwork.run`. */
export function runNetwork(binding: Binding, batch: Batch, { mode = inference, record = [] }: RunOptions): RunResult {
  const { network } = binding;
  const [neuron] = binding.neurons.keys();
  if (neuron !== undefined) {
    throw new NetworkError([
      { subject: neuron, message: 'a spiking network runs over time steps; call simulate, not run' },
    ]);
  }
  const feed = feedOf(network, batch);
  const statistics = new Map<string, BatchStatistics>();
  const outputs = new Map<string, Tensor>();
  const recorded = new Map<string, Tensor>();

  tidy(() => {
    const values = new Map<string, Tensor>();
    for (const node of network.nodes) {
      const inputs = node.inputs.map((name) => valueOf(values, name));
      const value = evaluate();
      values.set(node.name, value);
      if (node.op === 'output') outputs.set(node.name, value);

      function evaluate(): Tensor {
        switch (node.op) {
          case 'input':
            return valueOf(feed, node.name);
          case 'activation':
            return activate(binding, node, valueOf(values, node.inputs[0]), mode);
          case 'batchNorm':
            if (mode.kind === 'training' && mode.batchNorms !== 'running') {
              const input = valueOf(values, node.inputs[0]);
              const own = batchStatistics(input);
              statistics.set(node.name, { ...own, mean: keep(own.mean), variance: keep(own.variance) });
              const [scale, offset] = [
                liveParameter(binding.live, node.scale),
                liveParameter(binding.live, node.offset),
              ];
              return normalizeByBatch(input, scale, offset, own, node.epsilon);
            }
            return evaluateNode(node, inputs, binding.live);
          case 'neuron':
            throw new NetworkError([{ subject: node.name, message: 'a neuron in an analog run' }]);
          default:
            return evaluateNode(node, inputs, binding.live);
        }
      }
    }
    // Clones, so that what the caller disposes is never the caller's own input or one value under two names.
    for (const name of record) recorded.set(name, keep(clone(valueOf(values, name))));
    for (const [name, value] of outputs) outputs.set(name, keep(value));
  });
  return { outputs, recorded, statistics };
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
