import type { NamedAttrMap } from '@tensorflow/tfjs-core';

/** One call of a kernel: its inputs, and how much it computes. */
export interface KernelCase {
  readonly kernel: string;
  /** Of the convolution or product, in words. */
  readonly shape: string;
  /** What one call computes, in operations: a multiply-add is two. */
  readonly operations: number;
  /** Shapes of the inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly attributes: NamedAttrMap;
}

type Pair = readonly [height: number, width: number];

/** A convolution of a batch, as a layer does it. */
export interface ConvolutionCase {
  readonly images: number;
  /** Of an input image. */
  readonly size: Pair;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation?: Pair;
  readonly padding: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };
  /** Default: 1. As many as channels is a depthwise convolution, for which tfjs has separate kernels. */
  readonly groups?: number;
}

/** A product of matrices, `[rows, depth] · [depth, columns]`. */
export interface ProductCase {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

const each = (sizes: Pair): string => (sizes[0] === sizes[1] ? String(sizes[0]) : `${sizes[0]}×${sizes[1]}`);

/** A convolution's kernel, that of its input's gradient, and that of its filter's. */
export function convolutionKernelCases(given: ConvolutionCase): readonly KernelCase[] {
  const { images, size, channels, filters, kernel, stride, dilation = [1, 1], padding, groups = 1 } = given;
  const output = ([0, 1] as const).map((axis) => {
    const around = axis === 0 ? padding.top + padding.bottom : padding.left + padding.right;
    return Math.floor((size[axis] + around - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  });
  const depthwise = groups > 1 && groups === channels;
  const x = [images, ...size, channels];
  const filter = [...kernel, ...(depthwise ? [channels, filters / channels] : [channels / groups, filters])];
  const dy = [images, ...output, filters];
  const attributes = {
    strides: [...stride],
    dilations: [...dilation],
    pad: [
      [0, 0],
      [padding.top, padding.bottom],
      [padding.left, padding.right],
      [0, 0],
    ],
    dataFormat: 'NHWC',
    groups,
  };
  const words = [
    `[${x.join(', ')}] × [${filter.join(', ')}]`,
    ...(stride[0] > 1 || stride[1] > 1 ? [`/ ${each(stride)}`] : []),
    ...(dilation[0] > 1 || dilation[1] > 1 ? [`dilated ${each(dilation)}`] : []),
    ...(groups > 1 && !depthwise ? [`in ${groups} groups`] : []),
  ];
  const positions = output.reduce((product, length) => product * length, images);
  const shared = {
    shape: words.join(' '),
    operations: 2 * positions * kernel[0] * kernel[1] * filters * (channels / groups),
  };
  const gradientAttributes = { ...attributes, inputShape: x, filterShape: filter };
  const name = depthwise ? 'DepthwiseConv2dNative' : groups > 1 ? 'RheobaseGroupedConv2D' : 'Conv2D';
  return [
    { ...shared, kernel: name, inputs: { x, filter }, attributes },
    { ...shared, kernel: `${name}BackpropInput`, inputs: { dy, filter }, attributes: gradientAttributes },
    { ...shared, kernel: `${name}BackpropFilter`, inputs: { x, dy }, attributes: gradientAttributes },
  ];
}

function product({ rows, depth, columns }: ProductCase, transposeA: boolean, transposeB: boolean): KernelCase {
  return {
    kernel: 'BatchMatMul',
    shape: `[${rows}, ${depth}]${transposeA ? ' as aᵀ' : ''} · [${depth}, ${columns}]${transposeB ? ' as bᵀ' : ''}`,
    operations: 2 * rows * depth * columns,
    inputs: {
      a: [1, ...(transposeA ? [depth, rows] : [rows, depth])],
      b: [1, ...(transposeB ? [columns, depth] : [depth, columns])],
    },
    attributes: { transposeA, transposeB },
  };
}

/** A product with either side, both or none given transposed. */
export function productKernelCases(given: ProductCase): readonly KernelCase[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => product(given, transposeA, transposeB)),
  );
}

/** What a dense layer of a batch computes, `[images, inputs] · [inputs, outputs]`: its value, its input's gradient, its weight's. */
export function denseKernelCases(images: number, inputs: number, outputs: number): readonly KernelCase[] {
  return [
    product({ rows: images, depth: inputs, columns: outputs }, false, false),
    product({ rows: images, depth: outputs, columns: inputs }, false, true),
    product({ rows: inputs, depth: images, columns: outputs }, true, false),
  ];
}

/** A square convolution that keeps the size at stride 1. */
function square(
  images: number,
  size: number,
  [channels, filters]: readonly [number, number],
  {
    kernel = 3,
    stride = 1,
    groups = 1,
  }: { readonly kernel?: 1 | 3; readonly stride?: 1 | 2; readonly groups?: number },
): ConvolutionCase {
  const around = (kernel - 1) / 2;
  const padding = { top: around, bottom: around, left: around, right: around };
  const pairs = { size: [size, size], kernel: [kernel, kernel], stride: [stride, stride] } as const;
  return { images, channels, filters, groups, padding, ...pairs };
}

/** The layers of ResNet-20, wide ones of a VGG, a depthwise one, and two products. */
export const benchmarkCases: readonly KernelCase[] = [
  ...[
    square(32, 32, [3, 16], {}),
    square(32, 32, [16, 16], {}),
    square(32, 32, [16, 32], { stride: 2 }),
    square(32, 16, [32, 32], {}),
    square(32, 16, [32, 64], { stride: 2 }),
    square(32, 8, [64, 64], {}),
    square(32, 32, [16, 32], { kernel: 1, stride: 2 }),
    square(8, 8, [256, 256], {}),
    square(8, 32, [64, 64], { kernel: 1 }),
    square(32, 16, [96, 96], { groups: 96 }),
  ].flatMap(convolutionKernelCases),
  ...[
    { rows: 512, depth: 512, columns: 512 },
    { rows: 128, depth: 64, columns: 10 },
  ].flatMap(productKernelCases),
];
