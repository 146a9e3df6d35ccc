import type { Network } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { cast, dispose, engine, less, randomNormal, randomUniform, tidy } from '@tensorflow/tfjs-core';
import type { KernelCase } from './kernel-cases.js';
import { layerKernels } from './layer-kernels.js';
import { convolutionsOfSpikes } from './layer-shares.js';

/** How fast a convolution of spikes, or a gradient of it, is on the layers `nodes`, by the kernel that skips zeros and by the dense one. */
export interface SparseMeasurement extends Pick<KernelCase, 'shape' | 'operations'> {
  readonly kernel: 'forward' | 'filter gradient' | 'input gradient';
  readonly nodes: readonly string[];
  /** The share of the input's values that are not zero. */
  readonly density: number;
  /** The operations of a dense kernel over the time of the fastest round, in billions a second; the input gradient is dense. */
  readonly gigaflops: { readonly sparse?: number; readonly dense: number };
}

const kinds = { '': 'forward', BackpropFilter: 'filter gradient', BackpropInput: 'input gradient' } as const;
type Suffix = keyof typeof kinds;
const suffixOf = (kernel: string): Suffix =>
  kernel.endsWith('BackpropFilter') ? 'BackpropFilter' : kernel.endsWith('BackpropInput') ? 'BackpropInput' : '';

/**
 * Measures the kernels of a network's convolutions of spikes in this process, which must have registered the training kernels.
 *
 * @param images of which each has a time step of its own: T·N
 */
export function measureSparseConvolutions(
  network: Network,
  {
    images,
    densities,
    rounds,
  }: { readonly images: number; readonly densities: readonly number[]; readonly rounds: number },
  onMeasurement: (measurement: SparseMeasurement, done: number, total: number) => void,
): void {
  const spiking = new Set(convolutionsOfSpikes(network));
  const layers = layerKernels(network, images).filter(({ nodes }) => nodes.some((name) => spiking.has(name)));
  const runs = layers.flatMap((layer) =>
    suffixOf(layer.given.kernel) === 'BackpropInput'
      ? [{ ...layer, density: 1 }]
      : densities.map((density) => ({ ...layer, density })),
  );
  for (const [i, { given, nodes, density }] of runs.entries()) {
    const suffix = suffixOf(given.kernel);
    const inputs = Object.fromEntries(
      Object.entries(given.inputs).map(([name, shape]) => [name, made(shape, name === 'x' ? density : 1)]),
    );
    const time = fastest(
      ['RheobaseGroupedConv2D', ...(suffix === 'BackpropInput' ? [] : ['RheobaseSparseConv2D'])].map((name) => () => {
        dispose(engine().runKernel(name + suffix, inputs, { ...given.attributes, densest: 1 }));
      }),
      rounds,
    );
    for (const input of Object.values(inputs)) input.dispose();
    const [dense = Number.NaN, sparse] = time.map((seconds) => given.operations / seconds / 1e9);
    const { shape, operations } = given;
    const gigaflops = { ...(sparse !== undefined && { sparse }), dense };
    const measurement = { kernel: kinds[suffix], shape, operations, density, gigaflops };
    onMeasurement({ ...measurement, nodes: nodes.filter((name) => spiking.has(name)) }, i + 1, runs.length);
  }
}

/** Spikes of which a share is not zero; or weights, or gradients. */
function made(shape: readonly number[], density: number): Tensor {
  return tidy(() =>
    density === 1 ? randomNormal([...shape]) : cast(less(randomUniform([...shape]), density), 'float32'),
  );
}

/** Seconds of the fastest of several rounds, in which each has its turn, after one to warm up. */
function fastest(all: readonly (() => void)[], rounds: number): readonly number[] {
  const times = all.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, run] of all.entries()) {
      const start = performance.now();
      run();
      if (round > 0) times[i] = Math.min(times[i] ?? 0, (performance.now() - start) / 1000);
    }
  }
  return times;
}
