import type { ElementFunctionName, FunctionNode, Network, NetworkNode, SiteDefinition } from '@rheobase/network';
import {
  assertValid,
  attributesOf,
  consumersOf,
  elementFunctionNames,
  isWeighted,
  modelSpec,
  ownValue,
  registry,
  scalarParameter,
  unknownName,
} from '@rheobase/network';
import { parameterDraft } from './parameter-names.js';

type Replacement = (node: FunctionNode) => SiteDefinition;

/** Slope of a leaky activation in place of a function that names none. */
const usualSlope = 0.1;

/** The activations that can replace a function. */
const replacements = registry<Replacement>('replacement', [
  ['relu', () => ({ kind: 'relu' })],
  ['relu6', () => ({ kind: 'relu6' })],
  [
    'leaky-relu',
    (node) => {
      const { alpha = usualSlope } = node.function === 'leakyRelu' ? attributesOf('leakyRelu', node.attributes) : {};
      return { kind: 'leaky-relu', attributes: { slope: alpha } };
    },
  ],
  ['clip', () => ({ kind: 'clip', parameters: { threshold: scalarParameter('threshold', 1) } })],
]);

const usual: Readonly<Partial<Record<ElementFunctionName, string>>> = {
  celu: 'leaky-relu',
  clip: 'relu6',
  elu: 'leaky-relu',
  gelu: 'relu',
  hardsigmoid: 'clip',
  hardswish: 'relu6',
  leakyRelu: 'leaky-relu',
  mish: 'relu',
  relu: 'relu',
  selu: 'leaky-relu',
  sigmoid: 'clip',
  silu: 'relu',
  softplus: 'relu',
  tanh: 'leaky-relu',
};

/** The activation that most resembles a function; undefined if none does. */
export const usualReplacement = (name: ElementFunctionName): string | undefined => usual[name];

/**
 * Replaces functions between layers by activations that can become neurons: `{ hardswish: 'relu6', silu: 'relu' }`. The activations are `relu`, `relu6`,
 * `leaky-relu` (with the slope of a `leakyRelu`, else 0.1) and `clip` (at 1). The network computes something else and needs fine-tuning. Functions that
 * no layer with weights follows are part of the read-out, and stay.
 *
 * @param by activation by function
 * @throws if a function or an activation is unknown, or no layer follows a function of that name.
 * @throws {NetworkError} if the network is not well-formed.
 */
export function replaceFunctions(network: Network, by: Readonly<Record<string, string>>): Network {
  assertValid(network);
  const between = beforeLayers(network);
  const isBetween = (node: NetworkNode): node is FunctionNode => node.op === 'function' && between.has(node.name);
  for (const [name, activation] of Object.entries(by)) {
    if (!elementFunctionNames.some((known) => known === name)) {
      throw new Error(unknownName('function', name, elementFunctionNames));
    }
    replacements.get(activation);
    if (!network.nodes.some((node) => isBetween(node) && node.function === name)) {
      throw new Error(`The network computes no '${name}' before a layer with weights, so there is none to replace.`);
    }
  }
  const draft = parameterDraft(network);
  const nodes = network.nodes.map((node): NetworkNode => {
    const activation = isBetween(node) ? ownValue(by, node.function) : undefined;
    if (!isBetween(node) || activation === undefined) return node;
    const { kind, parameters = {}, attributes } = replacements.get(activation)(node);
    const placed = Object.entries(parameters).map(([part, parameter]) => [
      part,
      draft.place(`${node.name}.${part}`, node.name, parameter),
    ]);
    const { name, inputs } = node;
    return { op: 'activation', name, inputs, activation: modelSpec(kind, Object.fromEntries(placed), attributes) };
  });
  return assertValid({ ...network, nodes, parameters: draft.parameters });
}

/** Names of the nodes from which a path leads to a layer with weights. */
function beforeLayers(network: Network): ReadonlySet<string> {
  const consumers = consumersOf(network);
  const before = new Set<string>();
  for (const { name } of network.nodes.toReversed()) {
    if ((consumers.get(name) ?? []).some((reader) => isWeighted(reader) || before.has(reader.name))) before.add(name);
  }
  return before;
}
