import { count, text } from '../decode.js';
import { fromOne, nodeDecoder, padding, pair } from '../decode-fields.js';
import type { Conv2dNode, DenseNode, WeightedNode } from '../node.js';
import type { Operation } from '../operation.js';
import type { Parameter } from '../parameter.js';
import { describeShape } from '../shape.js';
import { expectIntegers, expectShape, fail, image, lookUp, mostElements, windowed } from '../shape-rules.js';
import type { Bounded, ValueBounds } from '../value-bounds.js';

/** What all layers with weights have in common. */
const weighted = {
  parameters: ['weight', 'bias'],
  bounds: weightedBounds,
  integerProblems: (node, { expectType }) => [
    ...expectType(node.weight, 'weight', 'int8', 'int16'),
    ...expectType(node.bias, 'bias', 'int32'),
  ],
} as const satisfies Partial<Operation<WeightedNode>>;

const weightedFields = { inputs: fromOne, weight: text, bias: { ifPresent: text } };

export const conv2d: Operation<Conv2dNode> = {
  ...weighted,
  decode: nodeDecoder<Conv2dNode>('conv2d', {
    ...weightedFields,
    stride: pair,
    padding,
    dilation: pair,
    groups: count,
  }),
  shape: (node, [input = []], parameters) => {
    const [height, width, channels] = image(input, 'its input');
    const kernel = lookUp(parameters, node.weight, 'weight').shape;
    const [kernelHeight, kernelWidth, channelsPerGroup, filters] = kernel;
    if (
      kernel.length !== 4 ||
      kernelHeight === undefined ||
      kernelWidth === undefined ||
      channelsPerGroup === undefined ||
      filters === undefined
    ) {
      return fail(`its weight '${node.weight}' must be [kH, kW, Cin/groups, Cout], not ${describeShape(kernel)}`);
    }
    expectIntegers([node.groups], 'its groups', 1, mostElements);
    if (channels % node.groups !== 0 || filters % node.groups !== 0) {
      fail(`its ${channels} input and ${filters} output channels do not both divide into ${node.groups} groups`);
    }
    if (channelsPerGroup * node.groups !== channels) {
      fail(
        `its weight '${node.weight}' ${describeShape(kernel)} takes ${channelsPerGroup * node.groups} channels in ` +
          `${node.groups} group(s), but its input '${node.inputs[0]}' has ${channels}`,
      );
    }
    const [rows, columns] = windowed(
      [height, width, channels],
      [kernelHeight, kernelWidth],
      node.stride,
      node.padding,
      node.dilation,
    );
    if (node.bias !== undefined) expectShape(parameters, node.bias, 'bias', [filters]);
    return [rows, columns, filters];
  },
};

export const dense: Operation<DenseNode> = {
  ...weighted,
  decode: nodeDecoder<DenseNode>('dense', weightedFields),
  shape: (node, [input = []], parameters) => {
    const [width] = input;
    if (input.length !== 1 || width === undefined) {
      return fail(`its input must be a vector [C], not ${describeShape(input)}; put a flatten before it`);
    }
    const weight = lookUp(parameters, node.weight, 'weight').shape;
    const [from, to] = weight;
    if (weight.length !== 2 || from !== width || to === undefined) {
      return fail(
        `its weight '${node.weight}' has shape ${describeShape(weight)} where [${width}, outputs] is needed, ` +
          `as its input '${node.inputs[0]}' has ${width} elements`,
      );
    }
    if (node.bias !== undefined) expectShape(parameters, node.bias, 'bias', [to]);
    return [to];
  },
};

/** For each weight of a layer, row-major, the channels it connects; all input channels of a group connect to the same outputs. */
export function forEachWeight(
  node: WeightedNode,
  { shape, data }: Parameter,
  visit: (weight: number, to: number, from: number, index: number) => void,
): void {
  const outputs = shape.at(-1) ?? 1;
  const perGroup = shape.at(-2) ?? 1;
  const outputsPerGroup = outputs / ('groups' in node ? node.groups : 1);
  // Large layers have millions of weights; divisions would take most of the time.
  for (let first = 0, within = 0; first < data.length; first += outputs, within = (within + 1) % perGroup) {
    for (let begin = 0, from = within; begin < outputs; begin += outputsPerGroup, from += perGroup) {
      for (let to = begin; to < begin + outputsPerGroup; to += 1) visit(data[first + to] ?? 0, to, from, first + to);
    }
  }
}

/** The bounds of each output channel of a weighted layer, from those of its inputs; zero inputs are always possible. */
function weightedBounds(
  node: WeightedNode,
  [input]: readonly Bounded[],
  _shape: unknown,
  parameterOf: (name: string) => Parameter,
): ValueBounds {
  const { least, greatest } = input?.bounds ?? { least: new Float64Array(), greatest: new Float64Array() };
  const weight = parameterOf(node.weight);
  const bias = node.bias === undefined ? undefined : parameterOf(node.bias).data;
  const outputs = weight.shape.at(-1) ?? 1;
  const result = { least: new Float64Array(outputs), greatest: new Float64Array(outputs) };
  forEachWeight(node, weight, (w, to, from) => {
    const [low, high] = [Math.min(least[from] ?? 0, 0) * w, Math.max(greatest[from] ?? 0, 0) * w];
    result.least[to] = (result.least[to] ?? 0) + Math.min(low, high);
    result.greatest[to] = (result.greatest[to] ?? 0) + Math.max(low, high);
  });
  const shifted = (values: Float64Array) => values.map((value, c) => value + (bias?.[c] ?? 0));
  return { least: shifted(result.least), greatest: shifted(result.greatest) };
}
