import { eventEngine } from '@rheobase/event-engine';
import type { Conv2dNode, ImageBatch, Network, NeuronDefinition, Probe, Registry, Shape } from '@rheobase/network';
import { firesBinary, inferShapes, knownNeurons, parameterOf, randomStream, shapeAt } from '@rheobase/network';
import type { SpikeConvolutionShape } from '@rheobase/spike-kernels';
import { paddedChannels, wholeSource } from '@rheobase/spike-kernels';
import type { SpikeKernelCase } from './measure-spike-kernels.js';

/** Layers of 3×3 as ResNet-20 has them, and two of a VGG. */
const usualLayers = [
  { extent: 32, channels: 16, outputs: 16 },
  { extent: 16, channels: 32, outputs: 32 },
  { extent: 8, channels: 64, outputs: 64 },
  { extent: 8, channels: 256, outputs: 256 },
  { extent: 4, channels: 512, outputs: 512 },
] as const;
const densities = [0.01, 0.05, 0.1, 0.2, 0.5] as const;

/** Usual layers on random spikes of several densities. */
export function randomCases(steps: number): readonly SpikeKernelCase[] {
  const random = randomStream(0);
  return usualLayers.flatMap(({ extent, channels, outputs }) =>
    densities.map((density): SpikeKernelCase => {
      const image = [extent, extent] as const;
      const fires = (): boolean => random.next() / 2 ** 32 + 0.5 < density;
      const word = (): number =>
        Array.from({ length: steps }, (_, t) => (fires() ? 1 << t : 0)).reduce((a, b) => a | b);
      return {
        layer: `${extent}×${extent}×${channels} → ${outputs}`,
        steps,
        spikes: Uint32Array.from({ length: extent * extent * channels }, word),
        shape: {
          source: { rows: extent, columns: extent, pitch: channels, signed: false, levels: 1 },
          window: wholeSource,
          grid: image,
          channels: { first: 0, count: channels },
          kernel: [3, 3],
          stride: [1, 1],
          dilation: [1, 1],
          top: 1,
          left: 1,
          output: image,
          outputs: { first: 0, count: outputs },
        },
      };
    }),
  );
}

/**
 * A network's own convolutions that read neurons, on the spikes that these really have for the first of some images.
 *
 * @param steps T, from 1 to 32
 * @throws if it has none.
 */
export async function realCases(
  network: Network,
  { images: data, shape }: ImageBatch,
  steps: number,
  neurons: Registry<NeuronDefinition> = knownNeurons,
): Promise<readonly SpikeKernelCase[]> {
  const shapes = inferShapes(network);
  const layers = network.nodes.flatMap((node) => {
    if (node.op !== 'conv2d' || node.groups !== 1) return [];
    const before = network.nodes.find(({ name }) => name === node.inputs[0]);
    return before?.op === 'neuron' && firesBinary(before.neuron.kind, neurons) ? [{ node, before: before.name }] : [];
  });
  if (layers.length === 0) {
    throw new Error(
      'No convolution of this network reads neurons as they are, ungrouped and unpooled: there is nothing to measure.',
    );
  }
  const probes = layers.map(({ before }): Probe => ({ kind: 'spikes', node: before }));
  const size = data.length / (shape[0] ?? 1);
  const one = { shape: [1, ...shape.slice(1)], images: data.slice(0, size) };
  const { records } = (await eventEngine(network, { neurons })).simulate(one, { steps, probes });
  return layers.map(({ node, before }, k): SpikeKernelCase => {
    const [source, output] = [shapeAt(shapes, before), shapeAt(shapes, node.name)];
    return {
      layer: `${node.name} ${source.join('×')} → ${output.at(-1)}`,
      steps,
      spikes: wordsOf(records[k]?.data ?? [], source, steps),
      shape: shapeOf(node, source, output, parameterOf(network, node.weight).shape),
    };
  });
}

/** Spikes `[T, 1, …shape]` as words, channels padded. */
function wordsOf(spikes: ArrayLike<number>, shape: Shape, steps: number): Uint32Array {
  const channels = shape.at(-1) ?? 1;
  const size = spikes.length / steps;
  const pitch = paddedChannels(channels);
  const words = new Uint32Array((size / channels) * pitch);
  for (let t = 0; t < steps; t++) {
    for (let i = 0; i < size; i++) {
      if (spikes[t * size + i] !== 1) continue;
      const at = Math.floor(i / channels) * pitch + (i % channels);
      words[at] = (words[at] ?? 0) | (1 << t);
    }
  }
  return words;
}

function shapeOf(
  { stride, dilation, padding }: Conv2dNode,
  [rows = 1, columns = 1, channels = 1]: Shape,
  [height = 1, width = 1, outputs = 1]: Shape,
  [kernelHeight = 1, kernelWidth = 1]: Shape,
): SpikeConvolutionShape {
  return {
    source: { rows, columns, pitch: paddedChannels(channels), signed: false, levels: 1 },
    window: wholeSource,
    grid: [rows, columns],
    channels: { first: 0, count: channels },
    kernel: [kernelHeight, kernelWidth],
    stride,
    dilation,
    top: padding.top,
    left: padding.left,
    output: [height, width],
    outputs: { first: 0, count: outputs },
  };
}
