import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { numberAttribute } from './attributes.js';
import type { Heap } from './heap.js';
import type { Call, NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';
import { sizeOf } from './sizes.js';

/** Surrogates whose derivative the gradient computes itself, numbered as in c/surrogate.h. */
const surrogates: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ['tanh', 2],
  ['sigmoid', 3],
  ['triangle', 4],
  ['rectangle', 5],
  ['arctan', 6],
  ['fast-sigmoid', 7],
]);
const noSurrogate = 0;
const givenDerivative = 1;

/** What a neuron does, as `struct neuron` of c/f32-neurons.c. */
interface Dynamics {
  readonly hard: number;
  readonly above: number;
  readonly negative: number;
  readonly most: number;
  readonly share: number;
  readonly below: number;
  readonly tolerance: number;
  readonly one: number;
}

function dynamicsOf(attributes: NamedAttrMap, kernelName: string): Dynamics {
  const number = (name: string): number => numberAttribute(attributes, name, kernelName);
  return {
    hard: number('hard'),
    above: number('above'),
    negative: number('negative'),
    most: number('most'),
    share: number('share'),
    below: number('below'),
    tolerance: number('tolerance'),
    one: number('one'),
  };
}

/** Decisions of a step: one a positive spike, one for a signed neuron's negative one, and two to take a spike back. */
const decisionsOf = ({ most, negative }: Dynamics): number => most + negative;

/** How neurons over time lie in memory: arrays are `[T·N, …shape]`, or `[N, …shape]` for a current that does not change. */
interface TimeLayout {
  readonly steps: number;
  readonly currentSteps: number;
  readonly batch: number;
  /** Shape of the neurons of an image. */
  readonly shape: readonly number[];
  /** Neurons of an image, and how many of them stand beside each other for which no parameter is the same. */
  readonly size: number;
  readonly inner: number;
}

/** What all neuron kernels take, and where. */
interface Arguments {
  readonly layout: TimeLayout;
  readonly dynamics: Dynamics;
  readonly current: TensorInfo;
  readonly threshold: TensorInfo;
  readonly initialPotential: TensorInfo;
  readonly leak: TensorInfo | undefined;
  readonly slope: TensorInfo | undefined;
}

function argumentsOf({ inputs, attributes }: Call, kernelName: string): Arguments {
  const current = requireInput(inputs, 'current', kernelName);
  const threshold = requireInput(inputs, 'threshold', kernelName);
  const initialPotential = requireInput(inputs, 'initialPotential', kernelName);
  const { leak, slope } = inputs;
  const steps = numberAttribute(attributes, 'steps', kernelName);
  const currentSteps = numberAttribute(attributes, 'currentSteps', kernelName);
  const rows = current.shape[0] ?? 0;
  const batch = rows / currentSteps;
  if (!Number.isInteger(batch)) throw new Error(`${kernelName}: ${rows} rows are no ${currentSteps} steps of a batch.`);
  const shape = current.shape.slice(1);
  const size = shape.reduce((product, length) => product * length, 1);
  const channels = shape.at(-1) ?? 1;
  let inner = size;
  for (const [name, given] of Object.entries({ threshold, initialPotential, leak, slope })) {
    const count = given === undefined ? 1 : sizeOf(given);
    if (count !== 1 && count !== size && count !== channels) {
      throw new Error(
        `${kernelName}: '${name}' has ${count} values; it takes one, one a channel (${channels}), or one a neuron (${size}).`,
      );
    }
    if (count === channels) inner = channels;
  }
  const layout = { steps, currentSteps, batch, shape, size, inner: Math.max(inner, 1) };
  return { layout, dynamics: dynamicsOf(attributes, kernelName), current, threshold, initialPotential, leak, slope };
}

const structBytes = 128;

// As BLOCK and `struct block` of c/f32-neurons.c.
const block = 64;
const blockBytes = 11 * block * 4;

/** Lends a kernel its arguments' layout, and scratch memory behind it. */
function withLayout(
  heap: Heap,
  { layout, dynamics, threshold, initialPotential, leak, slope }: Arguments,
  surrogate: number,
  scratchBytes: number,
  use: (layoutAddress: number, scratch: number) => void,
): void {
  const { steps, currentSteps, batch, size, inner } = layout;
  const count = (parameter: TensorInfo | undefined): number => (parameter === undefined ? 1 : sizeOf(parameter));
  heap.withScratch(structBytes + scratchBytes, (address) => {
    const integers = new Int32Array(heap.memory.buffer, address, structBytes / 4);
    const { hard, above, negative, most, share, below, tolerance, one } = dynamics;
    const counts = [threshold, initialPotential, leak, slope].map(count);
    integers.set([steps, currentSteps, batch, size / inner, inner, ...counts]);
    integers.set([hard, above, leak === undefined ? 0 : 1, negative, most], 9);
    new Float32Array(heap.memory.buffer, address, structBytes / 4).set([share, below, tolerance], 14);
    integers.set([one, surrogate], 17);
    use(address, address + structBytes);
  });
}

const addressIn =
  (heap: Heap) =>
  (tensor: TensorInfo | undefined): number =>
    tensor === undefined ? 0 : heap.address(tensor);

function forwardKernel(kernelName: string, result: 'value' | 'excess'): NativeKernel {
  return {
    kernelName,
    prepare: (module) => {
      const compute = module.kernel('f32_neurons_4');
      return (call) => {
        const { heap } = call;
        const given = argumentsOf(call, kernelName);
        const { steps, batch, shape } = given.layout;
        const parts = result === 'value' ? 1 : decisionsOf(given.dynamics);
        const output = heap.output([parts * steps * batch, ...shape]);
        const address = addressIn(heap);
        withLayout(heap, given, noSurrogate, blockBytes, (layout, scratch) =>
          compute(
            layout,
            ...[given.current, given.threshold, given.initialPotential, given.leak].map(address),
            result === 'value' ? address(output) : 0,
            result === 'excess' ? address(output) : 0,
            scratch,
          ),
        );
        return output;
      };
    },
  };
}

function surrogateOf({ inputs, attributes }: Call, kernelName: string): number {
  if (inputs.derivative !== undefined) return givenDerivative;
  if (attributes.surrogate === undefined) return noSurrogate;
  const number = surrogates.get(attributes.surrogate);
  if (number === undefined) {
    const known = [...surrogates.keys()].join(', ');
    throw new Error(`${kernelName} has no surrogate '${String(attributes.surrogate)}', but ${known}.`);
  }
  return number;
}

const gradientKernelName = 'RheobaseNeuronsGrad';

const gradientKernel: NativeKernel = {
  kernelName: gradientKernelName,
  prepare: (module) => {
    const compute = module.kernel('f32_neurons_gradient_4');
    return (call) => {
      const { inputs, heap } = call;
      const dy = requireInput(inputs, 'dy', gradientKernelName);
      const slope = requireInput(inputs, 'slope', gradientKernelName);
      const given = argumentsOf(call, gradientKernelName);
      const { current, threshold, initialPotential, leak } = given;
      const { steps, inner } = given.layout;
      const parameters = [threshold, initialPotential, ...(leak === undefined ? [] : [leak]), slope];
      const outputs = [current, ...parameters].map(({ shape }) => heap.output(shape));
      const [dcurrent, dthreshold, dstart, ...rest] = outputs;
      const [dleak, dslope] = leak === undefined ? [undefined, ...rest] : rest;
      // Sums of four parameters in float32 and float64; a block, three values of its neurons at every step, and two at every decision.
      const sums = 4 * (inner + 4) * (4 + 8);
      const scratchBytes = sums + blockBytes + (3 * steps + 2 * decisionsOf(given.dynamics)) * block * 4;
      const read = [dy, current, inputs.derivative, threshold, initialPotential, leak, slope];
      const written = [dcurrent, dthreshold, dstart, dleak, dslope];
      withLayout(heap, given, surrogateOf(call, gradientKernelName), scratchBytes, (layout, scratch) =>
        compute(layout, ...[...read, ...written].map(addressIn(heap)), scratch),
      );
      return outputs;
    };
  },
};

/**
 * Neurons over all time steps at once. Their attributes: `steps`, `currentSteps` (1 for a current that does not change, else `steps`), and what the neuron
 * does: `hard`, `above`, `negative` (0, or 1 for signed ones, 2 for compensating ones), `most` (Γ), `share` (the shift's, of θ), `below` (θ⁻/θ), `tolerance` (ε), and
 * `one` where a spike is worth 1, not θ. Parameters have one value, one a channel, or one a neuron.
 *
 * - `RheobaseNeurons`: current `[T·N, …]` or `[N, …]`, threshold, initialPotential and perhaps leak. Gives θ·s or s, `[T·N, …]`.
 * - `RheobaseNeuronsExcess`: of the same, x of every decision of a step, for which a spike is x ≥ 0: `[decisions·T·N, …]`, V − n·θ for n = 1 … Γ; then of signed ones
 *   −(V + θ⁻); or of compensating ones V + ε·θ after the reset, and the number of spikes that can be taken back, minus ½.
 * - `RheobaseNeuronsGrad`: the same with dy and slope, and the attribute `surrogate` (a name) or the input derivative, σ′ of the excess. Gives the gradients of the
 *   current, threshold, initialPotential, leak if there is one, and slope, each of its input's shape.
 */
export const neuronKernels: readonly NativeKernel[] = [
  forwardKernel('RheobaseNeurons', 'value'),
  forwardKernel('RheobaseNeuronsExcess', 'excess'),
  gradientKernel,
];
