import type { Float32Parameter, Network, NetworkNode, Parameter, WeightedNode } from '@rheobase/network';
import {
  broadcast,
  constantParameter,
  float32Parameter,
  freeName,
  inferShapes,
  isWeighted,
  NetworkError,
  nodeOf,
  parameterOf,
  parametersUsedBy,
  shapeAt,
} from '@rheobase/network';
import type { Segment } from './segment.js';

/**
 * The network with parameters at a layer that no other node uses, and a bias, of zeros where there was none, at each of its
 * weighted nodes: it computes the same, and what is trained there is the layer's alone.
 *
 * @returns with the names of the layer's weights and biases
 */
export function withOwnLayer(
  network: Network,
  { layer }: Segment,
): { readonly network: Network; readonly parameters: readonly string[] } {
  const names: string[] = [];
  let own = network;
  for (const name of layer) {
    const node = nodeOf(own, name);
    if (!isWeighted(node)) continue;
    const weight = place(own, { owner: name, instead: node.weight, as: node.weight }, parameterOf(own, node.weight));
    const weighted = { ...node, weight: weight.name };
    const bias = place(
      withNode(weight.network, weighted),
      { owner: name, instead: node.bias, as: node.bias ?? `${name}.bias` },
      biasOf(own, node),
    );
    own = withNode(bias.network, { ...weighted, bias: bias.name });
    names.push(weight.name, bias.name);
  }
  return { network: own, parameters: names };
}

function biasOf(network: Network, node: WeightedNode): Parameter {
  if (node.bias !== undefined) return parameterOf(network, node.bias);
  return constantParameter('bias', parameterOf(network, node.weight).shape.slice(-1), 0);
}

/**
 * The network with a V(0) for each neuron of a site, `[H, W, C]` or `[C]`, that no other site uses: it computes the same.
 *
 * @returns with the parameter's name; nothing where the site's neuron model has no initial potential
 */
export function withOwnPotentials(
  network: Network,
  site: string,
): { readonly network: Network; readonly parameter: string } | undefined {
  const node = nodeOf(network, site);
  if (node.op !== 'neuron') return undefined;
  const { initialPotential } = node.neuron.parameters;
  if (initialPotential === undefined) return undefined;
  const shape = shapeAt(inferShapes(network), site);
  const start = broadcast(float32At(network, initialPotential, site), shape);
  const values = float32Parameter('initialPotential', shape, Float32Array.from(start));
  const own = place(network, { owner: site, instead: initialPotential, as: initialPotential }, values);
  const neuron = { ...node.neuron, parameters: { ...node.neuron.parameters, initialPotential: own.name } };
  return { network: withNode(own.network, { ...node, neuron }), parameter: own.name };
}

/**
 * The network with a step bias for a site's neurons, `[T, C]`, that no other site uses: it computes the same. One that has fewer rows is continued with
 * zeros, as runs do; one that has more keeps them.
 *
 * @returns with the parameter's name; nothing where the site has no neurons
 */
export function withOwnStepBias(
  network: Network,
  site: string,
  steps: number,
): { readonly network: Network; readonly parameter: string } | undefined {
  const node = nodeOf(network, site);
  if (node.op !== 'neuron') return undefined;
  const channels = shapeAt(inferShapes(network), site).at(-1) ?? 1;
  const given = node.stepBias === undefined ? new Float32Array(0) : float32At(network, node.stepBias, site).data;
  const data = new Float32Array(Math.max(steps * channels, given.length));
  data.set(given);
  const own = place(
    network,
    { owner: site, instead: node.stepBias, as: node.stepBias ?? `${site}.stepBias` },
    float32Parameter('bias', [data.length / channels, channels], data),
  );
  return { network: withNode(own.network, { ...node, stepBias: own.name }), parameter: own.name };
}

/**
 * A parameter that is to be read as float32.
 *
 * @throws {NetworkError} if it is of another type.
 */
export function float32At(network: Network, name: string, user: string): Float32Parameter {
  const parameter = parameterOf(network, name);
  if (parameter.type !== 'float32') {
    throw new NetworkError([
      { subject: name, message: `it is ${parameter.type}, but '${user}' is calibrated in float32` },
    ]);
  }
  return parameter;
}

/** The network with other numbers in a parameter. */
export function withValues(network: Network, name: string, data: Float32Array): Network {
  const { role, shape } = parameterOf(network, name);
  return { ...network, parameters: new Map(network.parameters).set(name, float32Parameter(role, shape, data)) };
}

/**
 * Replaces the parameter that one node used, if any, by its own: under the wanted name, or under a similar one if that is used for
 * anything else.
 */
function place(
  network: Network,
  { owner, instead, as }: { readonly owner: string; readonly instead: string | undefined; readonly as: string },
  parameter: Parameter,
): { readonly network: Network; readonly name: string } {
  const used = network.nodes.flatMap((node) =>
    parametersUsedBy(node).filter((name) => node.name !== owner || name !== instead),
  );
  const name = freeName(as, new Set(used));
  return { network: { ...network, parameters: new Map(network.parameters).set(name, parameter) }, name };
}

function withNode(network: Network, node: NetworkNode): Network {
  return { ...network, nodes: network.nodes.map((other) => (other.name === node.name ? node : other)) };
}
