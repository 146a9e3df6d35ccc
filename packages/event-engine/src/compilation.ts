import type { Network, NetworkNode, NeuronDefinition, Parameter, Registry, Shape } from '@rheobase/network';
import { nodeOf, parameterOf, shapeAt } from '@rheobase/network';
import type { NumberFormat } from './plan.js';
import type { PlanBuilder } from './plan-builder.js';
import type { Value } from './value.js';

/** What is to be read of a run besides its outputs; fusing nodes must leave it where it can be found. */
export interface Observations {
  /** Nodes other than neurons whose values are read. */
  readonly values: ReadonlySet<string>;
  /** Neurons whose currents are read. */
  readonly currents: ReadonlySet<string>;
  /** Neurons whose potentials are read after the last step, or given before the first. */
  readonly potentials: ReadonlySet<string>;
}

/** A network on its way to a plan. */
export interface Compilation {
  readonly network: Network;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** How often each node's value is read. */
  readonly readers: ReadonlyMap<string, number>;
  readonly observed: Observations;
  readonly neurons: Registry<NeuronDefinition>;
  readonly builder: PlanBuilder;
  /** What currents and potentials are: whole numbers in an integer network. */
  readonly number: NumberFormat;
  /** Whether V goes on from one part of a run to the next. */
  readonly resumed: boolean;
  /** The value of a node, which is computed by the calls so far. */
  valueOf(name: string): Value;
}

export function shapeOf({ shapes }: Compilation, name: string): Shape {
  return shapeAt(shapes, name);
}

export function nodeAt({ network }: Compilation, name: string): NetworkNode {
  return nodeOf(network, name);
}

export function parameter({ network }: Compilation, name: string): Parameter {
  return parameterOf(network, name);
}

/** Whether a node's value is read by one node alone, so that it may be computed as part of that. */
export function readOnce({ readers, observed }: Compilation, name: string): boolean {
  return readers.get(name) === 1 && !observed.values.has(name);
}
