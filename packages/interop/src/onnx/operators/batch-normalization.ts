import { affine } from '../affine.js';
import type { Operator, Operators } from '../call.js';
import { constantOf, float, int, refuse, viewOf } from '../call.js';
import { axesLast, placedView } from '../layout.js';
import type { OnnxArray } from '../value.js';
import { array } from '../value.js';

const parts = ['scale', 'offset', 'mean', 'variance'] as const;
const roles = { scale: 'scale', offset: 'bias', mean: 'statistic', variance: 'statistic' } as const;

/** After a layer with weights it is a batch norm, which conversion folds into that layer; elsewhere the affine function that it is in inference. */
const batchNormalization: Operator = (call) => {
  const view = viewOf(call, 0);
  const isTraining =
    int(call, 'training_mode', 0) === 1 ||
    (call.opset < 7 && int(call, 'is_test', 0) === 0 && call.node.outputs.length > 1);
  if (isTraining || [1, 2, 3, 4].some((output) => call.reads(output))) {
    return refuse('it is in training mode; export the model in evaluation mode');
  }
  const epsilon = float(call, 'epsilon', 1e-5);
  const constants = parts.map((part, i) => constantOf(call, i + 1, part));
  const channels = view.shape[1] ?? 1;
  if (view.shape.length < 2) return refuse(`its input [${view.shape.join(', ')}] has no channels`);
  const isByChannel = constants.every(({ data }) => data.length === channels);
  const name = (part: (typeof parts)[number], constant: OnnxArray): string =>
    constant.name ?? `${call.node.name}.${part}`;
  if (isByChannel && (call.isOwn || call.draft.openLayer(view.node) !== undefined)) {
    const placed = axesLast(call.draft, view, [1]);
    const [scale = '', offset = '', mean = '', variance = ''] = parts.map((part, i) => {
      const constant = constants[i] ?? refuse('it lacks a constant');
      return call.draft.parameter(roles[part], [channels], constant.data, name(part, constant), constant.name);
    });
    const node = call.draft.add({ op: 'batchNorm', inputs: [placed.node], scale, offset, mean, variance, epsilon });
    return placedView({ ...placed, node }, view);
  }
  const [gamma, beta, mean, variance] = constants.map(({ data }) => data);
  const factor = Float64Array.from(gamma ?? [], (value, i) => value / Math.sqrt((variance?.[i] ?? 0) + epsilon));
  const offset = factor.map((value, i) => (beta?.[i] ?? 0) - (mean?.[i] ?? 0) * value);
  const rest = view.shape.slice(2);
  const shape = isByChannel ? [channels, ...rest.map(() => 1)] : [channels, ...rest];
  if (shape.reduce((size, side) => size * side, 1) !== factor.length) {
    return refuse(`its scale has ${factor.length} elements for ${channels} channels`);
  }
  return affine(call, view, { factor: array(shape, factor, 'float'), offset: array(shape, offset, 'float') });
};

export const normalization: Operators = { BatchNormalization: batchNormalization };
