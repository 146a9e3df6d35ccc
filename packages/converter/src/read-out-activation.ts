import type {
  ActivationNode,
  Float32Parameter,
  FunctionNode,
  Network,
  NetworkNode,
  Parameter,
} from '@rheobase/network';
import { float32Parameter, ownValue, parameterOf } from '@rheobase/network';

/** Names for the nodes and parameters of an activation that is written as several nodes. */
export interface ReadOutNames {
  /** A node's name that is not taken. */
  node(stem: string): string;
  /** Adds a parameter and gives its name. */
  parameter(name: string, parameter: Parameter): string;
}

type Step = (input: string, name: string, names: ReadOutNames) => NetworkNode;

const apply =
  (of: FunctionNode['function'], attributes: FunctionNode['attributes'] = {}): Step =>
  (input, name) => ({ op: 'function', name, inputs: [input], function: of, attributes });

const scaled =
  (factors: Float32Parameter): Step =>
  (input, name, names) => ({
    op: 'scale',
    name,
    inputs: [input],
    factor: names.parameter(`${name}.factor`, factors),
  });

const quantized =
  (step: Float32Parameter, limit: number): Step =>
  (input, name, names) => ({
    op: 'quantize',
    name,
    inputs: [input],
    step: names.parameter(`${name}.step`, step),
    limit,
  });

const scaleOf = (theta: Parameter, change: (value: number) => number): Float32Parameter =>
  float32Parameter(
    'scale',
    theta.shape,
    Float32Array.from(theta.data, (value) => change(Math.abs(value))),
  );

/** The steps that compute an activation; undefined for one that is not known. */
function stepsOf(network: Network, { activation }: ActivationNode): readonly Step[] | undefined {
  const { kind, parameters, attributes } = activation;
  const name = ownValue(parameters, 'threshold');
  const theta = name === undefined ? float32Parameter('threshold', [], [1]) : parameterOf(network, name);
  const [first = 1] = theta.data;
  const { levels = 1, slope = 0.1 } = attributes;
  const grid = [
    quantized(
      scaleOf(theta, (value) => value / levels),
      levels,
    ),
    scaled(scaleOf(theta, (value) => value / levels)),
  ];
  switch (kind) {
    case 'relu':
      return [apply('relu')];
    case 'relu6':
      return [apply('clip', { min: 0, max: 6 })];
    case 'leaky-relu':
      return [apply('leakyRelu', { alpha: slope })];
    case 'clip':
      if (theta.data.length === 1) return [apply('clip', { min: 0, max: Math.abs(first) })];
      return [
        scaled(scaleOf(theta, (value) => 1 / value)),
        apply('clip', { min: 0, max: 1 }),
        scaled(scaleOf(theta, (value) => value)),
      ];
    case 'quant-clip':
    case 'qcfs':
      return [apply('relu'), ...grid];
    case 'leaky-quant-clip':
      return [apply('leakyRelu', { alpha: slope }), ...grid];
    default:
      return undefined;
  }
}

/** Whether an activation can stay in the read-out. */
export const canStayInReadOut = (network: Network, node: ActivationNode): boolean =>
  stepsOf(network, node) !== undefined;

/** An activation of the read-out as nodes of the analog head, the last of which has its name; they compute what it does in inference. */
export function readOutActivation(network: Network, node: ActivationNode, names: ReadOutNames): readonly NetworkNode[] {
  const steps = stepsOf(network, node) ?? [];
  const nodes: NetworkNode[] = [];
  let [input] = node.inputs;
  steps.forEach((step, i) => {
    const name = i === steps.length - 1 ? node.name : names.node(`${node.name}.${i + 1}`);
    nodes.push(step(input, name, names));
    input = name;
  });
  return nodes;
}
