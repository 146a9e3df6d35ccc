import type { Network } from '@rheobase/network';
import type { DataId, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { backend, getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

/** What a convolution of spikes sees in a training step. */
export interface LayerShares {
  readonly node: string;
  /** The share of its input's values that are not zero. */
  readonly input: number;
  /** The share of its result's gradient that is not zero. */
  readonly gradient: number;
}

const forward = 'RheobaseSparseConv2D';
const backward = 'RheobaseSparseConv2DBackpropFilter';

/**
 * Counts what is not zero in a training step at the convolutions of spikes, by listening at their kernels, which must have been registered.
 *
 * @param step takes one training step, on this thread
 */
export async function layerShares(network: Network, step: () => Promise<void>): Promise<readonly LayerShares[]> {
  const nodes = convolutionsOfSpikes(network);
  const inputs: DataId[] = [];
  const shares: LayerShares[] = [];
  const restore = [
    listen(forward, ({ x }) => void (x && inputs.push(x.dataId))),
    listen(backward, ({ x, dy }) => {
      const place = inputs.findLastIndex((dataId) => dataId === x?.dataId);
      const node = nodes[place];
      if (x === undefined || dy === undefined || node === undefined)
        throw new Error(`${backward} is of no known layer.`);
      shares.push({ node, input: shareOf(x), gradient: shareOf(dy) });
    }),
  ];
  try {
    await step();
  } finally {
    for (const undo of restore) undo();
  }
  if (inputs.length !== nodes.length) {
    throw new Error(`${inputs.length} convolutions of spikes ran, where the network has ${nodes.length}.`);
  }
  return shares.toSorted((a, b) => nodes.indexOf(a.node) - nodes.indexOf(b.node));
}

/** Names of the convolutions whose input changes over time, in their order; depthwise ones have kernels of their own. */
export function convolutionsOfSpikes(network: Network): readonly string[] {
  const changing = new Set<string>();
  for (const { op, name, inputs } of network.nodes) {
    if (op === 'neuron' || inputs.some((input) => changing.has(input))) changing.add(name);
  }
  return network.nodes.flatMap((node) => {
    if (node.op !== 'conv2d' || !node.inputs.some((input) => changing.has(input))) return [];
    const depthwise = node.groups > 1 && network.parameters.get(node.weight)?.shape[2] === 1;
    return depthwise ? [] : [node.name];
  });
}

/** Lets `hear` see the inputs of every call of a kernel. Gives what ends that. */
function listen(
  kernelName: string,
  hear: (inputs: Readonly<Record<string, TensorInfo | undefined>>) => void,
): () => void {
  const own = getKernel(kernelName, 'wasm');
  if (own == null) throw new Error(`${kernelName} is not registered.`);
  const replace = (kernel: KernelConfig): void => {
    unregisterKernel(kernelName, 'wasm');
    registerKernel(kernel);
  };
  replace({
    ...own,
    kernelFunc: (call) => {
      hear(call.inputs);
      return own.kernelFunc(call);
    },
  });
  return () => replace(own);
}

function shareOf({ dataId }: TensorInfo): number {
  const values = backend().readSync(dataId) as Float32Array;
  let count = 0;
  for (const value of values) if (value !== 0) count++;
  return count / values.length;
}
