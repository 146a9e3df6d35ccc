import type { KernelConfig, NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { backend, getBackend, getKernel, randomNormal, ready } from '@tensorflow/tfjs-core';
import { composedKernels } from './kernels/composed-kernels.js';
import { convolutionKernels } from './native/convolution-kernels.js';
import { heapOf } from './native/heap.js';
import { loadKernelModule } from './native/kernel-module.js';
import { toKernelConfig } from './native/native-kernel.js';
import { productKernels } from './native/product-kernels.js';
import { enableRelaxedSimd } from './native/relaxed-simd.js';

/** One kernel on one shape, and how many billion operations a second each contender does (a multiply-add is two). */
export interface KernelMeasurement {
  readonly kernel: string;
  /** Of the convolution or product, in words. */
  readonly shape: string;
  /** What one call computes, in operations. */
  readonly operations: number;
  /** The fastest of all rounds. `stock` is tfjs' own kernel, or, where it has none, one composed of those it has. */
  readonly gigaflops: Readonly<Record<Contender, number | undefined>>;
}

export type Contender = 'stock' | 'plain' | 'relaxed';

interface Case {
  readonly kernel: string;
  readonly shape: string;
  readonly operations: number;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly attributes: NamedAttrMap;
}

/** A 3×3 or 1×1 convolution, padded so that stride 1 keeps the size. */
export interface ConvolutionCase {
  readonly images: number;
  /** Height and width. */
  readonly size: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
  readonly depthwise?: true;
}

/** The layers of ResNet-20, wide ones of a VGG, and a depthwise one. */
export const benchmarkConvolutions: readonly ConvolutionCase[] = [
  { images: 32, size: 32, channels: 3, filters: 16, kernel: 3, stride: 1 },
  { images: 32, size: 32, channels: 16, filters: 16, kernel: 3, stride: 1 },
  { images: 32, size: 32, channels: 16, filters: 32, kernel: 3, stride: 2 },
  { images: 32, size: 16, channels: 32, filters: 32, kernel: 3, stride: 1 },
  { images: 32, size: 16, channels: 32, filters: 64, kernel: 3, stride: 2 },
  { images: 32, size: 8, channels: 64, filters: 64, kernel: 3, stride: 1 },
  { images: 32, size: 32, channels: 16, filters: 32, kernel: 1, stride: 2 },
  { images: 8, size: 8, channels: 256, filters: 256, kernel: 3, stride: 1 },
  { images: 8, size: 32, channels: 64, filters: 64, kernel: 1, stride: 1 },
  { images: 32, size: 16, channels: 96, filters: 96, kernel: 3, stride: 1, depthwise: true },
];

function convolutionCases(given: ConvolutionCase): readonly Case[] {
  const { images, size, channels, filters, kernel, stride, depthwise } = given;
  const output = Math.ceil(size / stride);
  const before = (kernel - 1) / 2;
  const x = [images, size, size, channels];
  const filter = [kernel, kernel, channels, depthwise ? 1 : filters];
  const dy = [images, output, output, filters];
  const attributes = {
    strides: [stride, stride],
    dilations: [1, 1],
    pad: [
      [0, 0],
      [before, before],
      [before, before],
      [0, 0],
    ],
    dataFormat: 'NHWC',
  };
  const shared = {
    shape: `[${x.join(', ')}] × [${filter.join(', ')}]${stride > 1 ? ` / ${stride}` : ''}`,
    operations: 2 * images * output * output * kernel * kernel * filters * (depthwise ? 1 : channels),
  };
  const name = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
  return [
    { ...shared, kernel: name, inputs: { x, filter }, attributes },
    {
      ...shared,
      kernel: `${name}BackpropInput`,
      inputs: { dy, filter },
      attributes: { ...attributes, inputShape: x, filterShape: filter },
    },
    {
      ...shared,
      kernel: `${name}BackpropFilter`,
      inputs: { x, dy },
      attributes: { ...attributes, inputShape: x, filterShape: filter },
    },
  ];
}

function productCases(rows: number, depth: number, columns: number): readonly Case[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      kernel: 'BatchMatMul',
      shape: `[${rows}, ${depth}]${transposeA ? ' as aᵀ' : ''} · [${depth}, ${columns}]${transposeB ? ' as bᵀ' : ''}`,
      operations: 2 * rows * depth * columns,
      inputs: {
        a: [1, ...(transposeA ? [depth, rows] : [rows, depth])],
        b: [1, ...(transposeB ? [columns, depth] : [depth, columns])],
      },
      attributes: { transposeA, transposeB },
    })),
  );
}

// Short enough to fit between two interruptions by others, long enough for the clock.
const roundMilliseconds = 8;

function free(result: TensorInfo | TensorInfo[]): void {
  for (const tensor of Array.isArray(result) ? result : [result]) {
    // A kernel gives bare values; one composed of operations gives a tensor that tfjs keeps count of.
    if ('dispose' in tensor) (tensor as Tensor).dispose();
    else backend().disposeData(tensor.dataId);
  }
}

/**
 * Measures the convolution and product kernels against tfjs' own, interleaved, in this process, which must not have
 * registered this package's kernels yet (tfjs' own could not be found any more). The wasm backend must be current.
 *
 * @param rounds how often each contender is timed; the fastest counts
 * @throws if another backend is current, or the kernels have been registered.
 */
export async function measureKernels(
  convolutions: readonly ConvolutionCase[] = benchmarkConvolutions,
  rounds = 15,
): Promise<readonly KernelMeasurement[]> {
  await ready();
  if (getBackend() !== 'wasm') throw new Error(`The kernels need the wasm backend; "${getBackend()}" is current.`);
  if (getKernel('RheobaseGroupedConv2D', 'wasm') != null) {
    throw new Error('The training kernels are registered already: measure in a process that has not done so.');
  }
  const { memory } = heapOf(backend());
  const modules = {
    plain: await loadKernelModule(memory, 'plain'),
    relaxed: (await enableRelaxedSimd()) ? await loadKernelModule(memory, 'relaxed') : undefined,
  };
  const kernels = [...convolutionKernels, ...productKernels];

  /** The contenders for a kernel. */
  const contenders = (kernelName: string): Readonly<Record<Contender, KernelConfig | undefined>> => {
    const kernel = kernels.find((candidate) => candidate.kernelName === kernelName);
    if (kernel === undefined) throw new Error(`No kernel is named "${kernelName}".`);
    const composed = composedKernels.find((candidate) => candidate.kernelName === kernelName);
    return {
      stock: composed ?? getKernel(kernelName, 'wasm') ?? undefined,
      plain: toKernelConfig(kernel, modules.plain, undefined),
      relaxed: modules.relaxed && toKernelConfig(kernel, modules.relaxed, undefined),
    };
  };

  const cases = [
    ...convolutions.flatMap(convolutionCases),
    ...productCases(512, 512, 512),
    ...productCases(128, 64, 10),
  ];
  return cases.map(({ kernel, shape, operations, inputs, attributes }) => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, sizes], i) => [name, randomNormal([...sizes], 0, 1, 'float32', i + 1)]),
    );
    const entries = Object.entries(contenders(kernel)) as [Contender, KernelConfig | undefined][];
    const best = new Map<Contender, number>();
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const [contender, config] of entries) {
        if (config === undefined) continue;
        const start = performance.now();
        let calls = 0;
        let milliseconds = 0;
        do {
          free(config.kernelFunc({ inputs: tensors, backend: backend(), attrs: attributes }));
          calls += 1;
          milliseconds = performance.now() - start;
        } while (milliseconds < roundMilliseconds);
        const fastest = best.get(contender) ?? Number.POSITIVE_INFINITY;
        if (round > 0) best.set(contender, Math.min(fastest, milliseconds / 1000 / calls));
      }
    }
    for (const tensor of Object.values(tensors)) tensor.dispose();
    const speed = (contender: Contender): number | undefined => {
      const seconds = best.get(contender);
      return seconds === undefined ? undefined : operations / seconds / 1e9;
    };
    return {
      kernel,
      shape,
      operations,
      gigaflops: { stock: speed('stock'), plain: speed('plain'), relaxed: speed('relaxed') },
    };
  });
}
