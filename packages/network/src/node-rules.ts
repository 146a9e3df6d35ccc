import { NetworkError } from './network.js';
import { isSite } from './node-kinds.js';
import { isWeighted } from './node-references.js';
import type {
  ActivationNode,
  BatchNormNode,
  InputNode,
  MaxPoolNode,
  NetworkNode,
  NeuronNode,
  NodeOf,
  Op,
  OutputNode,
  WeightedNode,
} from './node.js';

/** Nodes whose value depends only on their inputs and parameters: all except activations, neurons and the input. */
export type PlainNode = NodeOf<Exclude<Op, 'activation' | 'neuron' | 'input'>>;

export const isPlain = (node: NetworkNode): node is PlainNode => node.op !== 'input' && !isSite(node);

/**
 * How a run, a rewrite or a count handles each kind of node. Inputs, activations and neurons without a rule are refused, with the message of a run;
 * other kinds without one are plain.
 */
export interface NodeRules<Value> {
  input?(node: InputNode): Value;
  activation?(node: ActivationNode): Value;
  neuron?(node: NeuronNode): Value;
  weighted?(node: WeightedNode): Value;
  /** Uses batch statistics in training. */
  batchNorm?(node: BatchNormNode): Value;
  /** Has a state over time steps, and is not linear in spikes. */
  maxPool?(node: MaxPoolNode): Value;
  /** A mean over time steps. */
  output?(node: OutputNode): Value;
  plain(node: PlainNode): Value;
}

/** Why a spiking run refuses an activation. */
export const neverConverted =
  'an activation in a spiking network was never converted to a neuron; convert the whole network';

/** Applies the rule for a node. */
export function applyRule<Value>(node: NetworkNode, rules: NodeRules<Value>): Value {
  const refuse = (message: string): never => {
    throw new NetworkError([{ subject: node.name, message }]);
  };
  switch (node.op) {
    case 'input':
      return rules.input === undefined ? refuse('this input was given no value') : rules.input(node);
    case 'activation':
      return rules.activation === undefined ? refuse(neverConverted) : rules.activation(node);
    case 'neuron':
      return rules.neuron === undefined ? refuse('a neuron in an analog run; call unroll') : rules.neuron(node);
    case 'batchNorm':
      return (rules.batchNorm ?? rules.plain)(node);
    case 'maxPool':
      return (rules.maxPool ?? rules.plain)(node);
    case 'output':
      return (rules.output ?? rules.plain)(node);
    default:
      return rules.weighted !== undefined && isWeighted(node) ? rules.weighted(node) : rules.plain(node);
  }
}
