import type { Network, NetworkNode, NeuronDefinition, Parameter, Registry, Shape } from '@rheobase/network';
import { nodeOf, parameterOf, shapeAt } from '@rheobase/network';
import type { NumberFormat } from './plan.js';
import type { PlanBuilder } from './plan-builder.js';
import type { Value } from './value.js';

/** What will be read of a run besides its outputs; fusing nodes must keep it available. */
export interface Observations {
  /** Nodes other than neurons whose values are read. */
  readonly values: ReadonlySet<string>;
  /** Neurons whose currents are read. */
  readonly currents: ReadonlySet<string>;
  /** Neurons whose potentials are read after the last step, or given before the first. */
  readonly potentials: ReadonlySet<string>;
}

/** The state of compiling a network to a plan. */
export interface Compilation {
  readonly network: Network;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Number of readers of each node. */
  readonly readers: ReadonlyMap<string, number>;
  readonly observed: Observations;
  /** The inputs that change over time. */
  readonly framed: ReadonlySet<string>;
  readonly neurons: Registry<NeuronDefinition>;
  readonly builder: PlanBuilder;
  /** Format of currents and potentials: int32 in an integer network. */
  readonly number: NumberFormat;
  /** Whether V is carried over from one part of a run to the next. */
  readonly resumed: boolean;
  /** λ of differential coding (`growthOf`): what is constant enters in step 1 alone. Absent with rate coding. */
  readonly growth: number | undefined;
  /** The value of a node that the calls so far compute. */
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

/** Whether only one node reads a node's value, so that the two can be fused. */
export function readOnce({ readers, observed }: Compilation, name: string): boolean {
  return readers.get(name) === 1 && !observed.values.has(name);
}
