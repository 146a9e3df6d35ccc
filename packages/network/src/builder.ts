import type { Network } from './network.js';
import { NetworkError } from './network.js';
import type { NetworkNode, Padding, Pair } from './node.js';
import { noPadding } from './padding.js';
import type { Parameter } from './parameter.js';
import type { Shape } from './shape.js';
import type { ActivationSpec, NeuronSpec } from './spec.js';
import { assertValid } from './validation.js';

/** An activation or neuron with its parameter arrays, not yet named. */
export interface SiteDefinition {
  readonly kind: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly attributes?: Readonly<Record<string, number>>;
}

/**
 * Collects nodes and parameters. Each method adds one node and returns its name, which the nodes that read it take as input. Parameters are named
 * after their node: `conv1.weight`, `conv1.bias`, `relu1.threshold`.
 */
export interface NetworkBuilder {
  input(name: string, shape: Shape): string;
  conv2d(
    name: string,
    input: string,
    options: {
      readonly weight: Parameter;
      readonly bias?: Parameter;
      readonly stride?: Pair;
      readonly padding?: Padding;
      readonly dilation?: Pair;
      readonly groups?: number;
    },
  ): string;
  dense(name: string, input: string, options: { readonly weight: Parameter; readonly bias?: Parameter }): string;
  batchNorm(
    name: string,
    input: string,
    options: {
      readonly scale: Parameter;
      readonly offset: Parameter;
      readonly mean: Parameter;
      readonly variance: Parameter;
      readonly epsilon: number;
    },
  ): string;
  activation(name: string, input: string, definition: SiteDefinition): string;
  neuron(name: string, input: string, definition: SiteDefinition): string;
  /** Adds a node as is: pooling, add, concat and others without parameters. */
  node(node: NetworkNode): string;
  /** Adds a parameter under a given name, for {@link NetworkBuilder.node}. */
  parameter(name: string, parameter: Parameter): string;
  output(name: string, input: string): string;
  /**
   * The network built so far.
   *
   * @throws {NetworkError} if it is not well-formed.
   */
  build(metadata?: Readonly<Record<string, string>>): Network;
}

/** An empty {@link NetworkBuilder}. */
export function networkBuilder(): NetworkBuilder {
  const nodes: NetworkNode[] = [];
  const parameters = new Map<string, Parameter>();

  const add = (node: NetworkNode): string => {
    nodes.push(node);
    return node.name;
  };
  const own = (name: string, parameter: Parameter): string => {
    if (parameters.has(name)) throw new NetworkError([{ subject: name, message: 'two parameters have this name' }]);
    parameters.set(name, parameter);
    return name;
  };
  const site = (
    name: string,
    { kind, parameters: parts = {}, attributes = {} }: SiteDefinition,
  ): ActivationSpec & NeuronSpec => ({
    kind,
    parameters: Object.fromEntries(Object.entries(parts).map(([part, value]) => [part, own(`${name}.${part}`, value)])),
    attributes,
  });

  return {
    input: (name, shape) => add({ op: 'input', name, inputs: [], shape }),
    conv2d: (name, input, { weight, bias, stride = [1, 1], padding = noPadding, dilation = [1, 1], groups = 1 }) =>
      add({
        op: 'conv2d',
        name,
        inputs: [input],
        weight: own(`${name}.weight`, weight),
        ...(bias && { bias: own(`${name}.bias`, bias) }),
        stride,
        padding,
        dilation,
        groups,
      }),
    dense: (name, input, { weight, bias }) =>
      add({
        op: 'dense',
        name,
        inputs: [input],
        weight: own(`${name}.weight`, weight),
        ...(bias && { bias: own(`${name}.bias`, bias) }),
      }),
    batchNorm: (name, input, { scale, offset, mean, variance, epsilon }) =>
      add({
        op: 'batchNorm',
        name,
        inputs: [input],
        scale: own(`${name}.scale`, scale),
        offset: own(`${name}.offset`, offset),
        mean: own(`${name}.mean`, mean),
        variance: own(`${name}.variance`, variance),
        epsilon,
      }),
    activation: (name, input, definition) =>
      add({ op: 'activation', name, inputs: [input], activation: site(name, definition) }),
    neuron: (name, input, definition) => add({ op: 'neuron', name, inputs: [input], neuron: site(name, definition) }),
    node: add,
    parameter: own,
    output: (name, input) => add({ op: 'output', name, inputs: [input] }),
    build: (metadata = {}) =>
      assertValid({ nodes: [...nodes], parameters: new Map(parameters), metadata: { ...metadata } }),
  };
}
