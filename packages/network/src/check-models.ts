import type { ModelDefinition } from './model-definition.js';
import { checkModelSpec } from './model-definition.js';
import type { Network, NetworkProblem } from './network.js';
import { NetworkError } from './network.js';
import type { Registry } from './registry.js';
import type { ModelSpec } from './spec.js';

/** The models at a network's sites, by the site's node name. */
export interface SiteModels<Activation, Neuron> {
  readonly activations: ReadonlyMap<string, Activation>;
  readonly neurons: ReadonlyMap<string, Neuron>;
}

/** The known models by kind. Without `activations`, a network's activations are not checked. */
export interface KnownModels<Activation extends ModelDefinition, Neuron extends ModelDefinition> {
  readonly activations?: Registry<Activation>;
  readonly neurons: Registry<Neuron>;
}

function siteModels<Activation extends ModelDefinition, Neuron extends ModelDefinition>(
  network: Network,
  known: KnownModels<Activation, Neuron>,
): SiteModels<Activation, Neuron> & { readonly problems: readonly NetworkProblem[] } {
  const activations = new Map<string, Activation>();
  const neurons = new Map<string, Neuron>();
  const problems: NetworkProblem[] = [];
  const check = <Model extends ModelDefinition>(
    subject: string,
    spec: ModelSpec,
    registry: Registry<Model>,
    found: Map<string, Model>,
  ): void => {
    try {
      found.set(subject, checkModelSpec(spec, registry, network.parameters));
    } catch (error) {
      problems.push({ subject, message: error instanceof Error ? error.message : String(error) });
    }
  };
  for (const node of network.nodes) {
    if (node.op === 'neuron') check(node.name, node.neuron, known.neurons, neurons);
    else if (node.op === 'activation' && known.activations !== undefined) {
      check(node.name, node.activation, known.activations, activations);
    }
  }
  return { activations, neurons, problems };
}

/**
 * Mismatches between a network's activations and neurons and their definitions: unknown kinds, parts that are missing or have another role, values
 * out of range. In network order; empty if all fit. `validateNetwork` does not check models.
 */
export function modelProblems(
  network: Network,
  known: KnownModels<ModelDefinition, ModelDefinition>,
): readonly NetworkProblem[] {
  return siteModels(network, known).problems;
}

/**
 * The models that a network's activations and neurons name. Call it before running a network.
 *
 * @throws {NetworkError} listing everything that {@link modelProblems} finds.
 */
export function checkModels<Activation extends ModelDefinition, Neuron extends ModelDefinition>(
  network: Network,
  known: KnownModels<Activation, Neuron>,
): SiteModels<Activation, Neuron> {
  const { problems, ...models } = siteModels(network, known);
  if (problems.length > 0) throw new NetworkError(problems);
  return models;
}
