import type { Padding, Pair, Shape } from '@rheobase/network';
import { float32Parameter, sizeOf } from '@rheobase/network';
import type { NetworkWriter } from './network-writer.js';
import type { Fields } from './nir-fields.js';
import type { NirValueShape } from './nir-value.js';
import { networkShape, nirPlaces } from './nir-value.js';

/** How a primitive is read: what it makes of the value that arrives at it. */
export type ReadPrimitive = (fields: Fields, input: NirValueShape, writer: NetworkWriter) => NirValueShape;

const describe = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** y = W·x, plus b: weight `[out, in]`. */
export const readDense: ReadPrimitive = (fields, input, { build, name }) => {
  const { shape, data } = fields.array('weight', 2);
  const [outputs = 0, inputs = 0] = shape;
  if (input.shape.length !== 1 || input.shape[0] !== inputs) {
    fields.fail(
      `its weight ${describe(shape)} takes vectors of ${inputs} values, but ${describe(input.shape)} arrives`,
    );
  }
  const places = nirPlaces(input);
  const weight = new Float32Array(inputs * outputs);
  places.forEach((place, i) => {
    for (let output = 0; output < outputs; output += 1)
      weight[i * outputs + output] = data[output * inputs + place] ?? 0;
  });
  const bias = biasOf(fields, outputs);
  const node = build.dense(name(fields.node.name), input.node, {
    weight: float32Parameter('weight', [inputs, outputs], weight),
    ...(bias !== undefined && { bias }),
  });
  return { node, shape: [outputs] };
};

/** A bias that is zero throughout is none. */
function biasOf(fields: Fields, outputs: number) {
  if (!fields.has('bias')) return undefined;
  const { data } = fields.array('bias');
  if (data.length !== outputs) fields.fail(`its bias has ${data.length} values for ${outputs} outputs`);
  return data.every((x) => x === 0) ? undefined : float32Parameter('bias', [outputs], Float32Array.from(data));
}

/** Padding along one axis, before and after. */
function paddingOf(
  fields: Fields,
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): readonly Pair[] {
  const text = fields.text('padding');
  if (text === undefined) {
    return fields.integers('padding', kernel.length, 0).map((amount) => [amount, amount] as const);
  }
  if (text === 'valid') return kernel.map(() => [0, 0] as const);
  if (text !== 'same') return fields.fail(`its padding is '${text}', not 'same', 'valid' or integers`);
  if (stride.some((step) => step !== 1))
    return fields.fail("its padding is 'same', which goes with a stride of 1 only");
  return kernel.map((size, axis) => {
    const total = (dilation[axis] ?? 1) * (size - 1);
    return [Math.floor(total / 2), Math.ceil(total / 2)] as const;
  });
}

function imagePadding([[top, bottom] = [0, 0], [left, right] = [0, 0]]: readonly Pair[]): Padding {
  return { top, bottom, left, right };
}

const pairOf = ([height = 1, width = 1]: readonly number[]): Pair => [height, width];

/** Outputs of a window along an axis. */
function outputs(length: number, kernel: number, stride: number, dilation: number, [before, after]: Pair): number {
  return Math.floor((length + before + after - dilation * (kernel - 1) - 1) / stride) + 1;
}

function outputShape(
  fields: Fields,
  spatial: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
  padding: readonly Pair[],
): Shape {
  return spatial.map((length, axis) => {
    const size = outputs(length, kernel[axis] ?? 1, stride[axis] ?? 1, dilation[axis] ?? 1, padding[axis] ?? [0, 0]);
    return size >= 1
      ? size
      : fields.fail(`its window of ${kernel.join('×')} does not fit the ${spatial.join('×')} that arrive`);
  });
}

/** Weight `[Cout, Cin/groups, …kernel]`, for `axes` axes of space. */
const readConvolution =
  (axes: 1 | 2): ReadPrimitive =>
  (fields, input, { build, name }) => {
    const { shape, data } = fields.array('weight', axes + 2);
    const [filters = 0, perGroup = 0, ...kernel] = shape;
    const stride = fields.integers('stride', axes, 1);
    const dilation = fields.integers('dilation', axes, 1);
    const [groups = 1] = fields.integers('groups', 1, 1);
    const [channels = 0, ...spatial] = input.shape;
    if (input.shape.length !== axes + 1 || channels !== perGroup * groups) {
      fields.fail(
        `its weight ${describe(shape)} in ${groups} groups takes ${perGroup * groups} channels and ${axes} axes of space, but ${describe(input.shape)} arrives`,
      );
    }
    if (filters % groups !== 0) fields.fail(`its ${filters} output channels are not divisible by ${groups} groups`);
    const padding = paddingOf(fields, kernel, stride, dilation);
    const size = sizeOf(kernel);
    const weight = new Float32Array(data.length);
    for (let filter = 0; filter < filters; filter += 1) {
      for (let channel = 0; channel < perGroup; channel += 1) {
        for (let tap = 0; tap < size; tap += 1) {
          weight[(tap * perGroup + channel) * filters + filter] = data[(filter * perGroup + channel) * size + tap] ?? 0;
        }
      }
    }
    const bias = biasOf(fields, filters);
    const image = <Item>(items: readonly Item[], first: Item): readonly Item[] =>
      axes === 1 ? [first, ...items] : items;
    const node = build.conv2d(name(fields.node.name), input.node, {
      weight: float32Parameter('weight', [...image(kernel, 1), perGroup, filters], weight),
      ...(bias !== undefined && { bias }),
      stride: pairOf(image(stride, 1)),
      dilation: pairOf(image(dilation, 1)),
      padding: imagePadding(image<Pair>(padding, [0, 0])),
      groups,
    });
    return { node, shape: [filters, ...outputShape(fields, spatial, kernel, stride, dilation, padding)] };
  };
export const readConv1d = readConvolution(1);
export const readConv2d = readConvolution(2);

/** Windows whose sum, or mean over the whole window, is taken. */
const readPooling =
  (divisor: 'none' | 'window'): ReadPrimitive =>
  (fields, input, { build, name }) => {
    const [channels = 0, ...spatial] = input.shape;
    if (spatial.length !== 2) fields.fail(`it takes images [C, H, W], but ${describe(input.shape)} arrives`);
    const size = fields.integers('kernel_size', 2, 1);
    const stride = fields.integers('stride', 2, 1);
    const padding = fields.integers('padding', 2, 0).map((amount) => [amount, amount] as const);
    const node = build.node({
      op: 'avgPool',
      name: name(fields.node.name),
      inputs: [input.node],
      size: pairOf(size),
      stride: pairOf(stride),
      padding: imagePadding(padding),
      divisor,
    });
    return { node, shape: [channels, ...outputShape(fields, spatial, size, stride, [1, 1], padding)] };
  };
export const readSumPool2d = readPooling('none');
export const readAvgPool2d = readPooling('window');

/** Axes `start_dim` to `end_dim` become one. A start of 1 on a whole image is PyTorch's, whose axis 0 is the batch. */
export const readFlatten: ReadPrimitive = (fields, input, { build, name }) => {
  const whole = (field: string, otherwise: number): number => {
    const value = fields.has(field) ? (fields.array(field).data[0] ?? otherwise) : otherwise;
    return Number.isInteger(value) ? value : fields.fail(`its field '${field}' is ${value}, not an integer`);
  };
  const axes = input.shape.length;
  const [start, end] = [whole('start_dim', 1), whole('end_dim', -1)];
  const last = end < 0 ? axes + end : end;
  if (axes === 1) return input;
  if (start > 1 || start < 0 || (last !== axes - 1 && last !== axes)) {
    fields.fail(
      `it joins axes ${start} to ${end} of ${describe(input.shape)}; only all axes together can be flattened`,
    );
  }
  const node = build.node({ op: 'flatten', name: name(fields.node.name), inputs: [input.node] });
  return { node, shape: [sizeOf(input.shape)], image: input.shape };
};

/** y = scale·x, element by element. */
export const readScale: ReadPrimitive = (fields, input, writer) => {
  const { shape, data } = fields.array('scale');
  return writer.affine(fields.node.name, input, elementsFor(fields, 'scale', shape, data, input), undefined);
};

/** One number for each element of a value, spread as NumPy does from fewer axes or axes of length 1. */
export function elementsFor(
  fields: Fields,
  name: string,
  shape: readonly number[],
  data: Float32Array | Float64Array,
  { shape: to }: NirValueShape,
): Float32Array | Float64Array {
  if (data.length === 1 || data.length === sizeOf(to)) return data;
  const padded = [...Array.from({ length: Math.max(0, to.length - shape.length) }, () => 1), ...shape];
  if (padded.length !== to.length || padded.some((length, axis) => length !== 1 && length !== to[axis])) {
    return fields.fail(`its field '${name}' has shape ${describe(shape)}, which does not apply to ${describe(to)}`);
  }
  return Float64Array.from({ length: sizeOf(to) }, (_, i) => {
    let [rest, stride, at] = [i, 1, 0];
    for (let axis = to.length - 1; axis >= 0; axis -= 1) {
      const [own = 1, length = 1] = [padded[axis], to[axis]];
      if (own !== 1) at += (rest % length) * stride;
      stride *= own;
      rest = Math.floor(rest / length);
    }
    return data[at] ?? Number.NaN;
  });
}

/** Elements of an input: far more than any camera has. */
const mostInputs = 2 ** 24;

/** The shape of an input, in NIR and in the network. */
export const inputShape = (fields: Fields): { readonly nir: Shape; readonly network: Shape } => {
  const { data } = fields.array('shape');
  const shape = [...data];
  if (shape.length < 1 || shape.length > 3 || !shape.every((length) => Number.isInteger(length) && length >= 1)) {
    fields.fail(
      `its shape is ${describe(shape)}; a vector [N], a sequence [C, L] or an image [C, H, W], without a batch, is needed`,
    );
  }
  if (sizeOf(shape) > mostInputs) fields.fail(`its shape ${describe(shape)} has more than ${mostInputs} elements`);
  return { nir: shape, network: networkShape(shape) };
};
