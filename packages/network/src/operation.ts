import type { Decode } from './decode.js';
import type { ElementMap } from './element-map.js';
import type { NetworkNode } from './node.js';
import type { Parameter, ParameterType } from './parameter.js';
import type { Shape } from './shape.js';
import type { Bounded, ValueBounds } from './value-bounds.js';

/** The parameters of a network by name. */
export type Parameters = ReadonlyMap<string, Parameter>;

type FieldOf<N> = N extends NetworkNode ? Exclude<keyof N & string, 'op' | 'name' | 'inputs'> : never;

/** What an operation's integer rule can access of the network around the node. */
export interface IntegerContext {
  /** The nodes that read it, without those of the analog head, which takes real numbers. */
  readonly readers: readonly NetworkNode[];
  /** Describes the fault if the parameter has none of these types. */
  expectType(name: string | undefined, part: string, ...types: readonly ParameterType[]): readonly string[];
}

/**
 * Everything about an operation that needs no tensors. Rewrites, engines and analysis derive from it; docs/guides/add-an-operation.md shows how to
 * add one.
 */
export interface Operation<N extends NetworkNode> {
  /** A node from plain data. */
  readonly decode: Decode<N>;
  /** The fields that name parameters, or hold an activation or neuron that does; weights first. Default: none. */
  readonly parameters?: readonly FieldOf<NetworkNode>[];
  /**
   * The shape of its value.
   *
   * @param inputs shapes of its inputs
   * @throws {Mismatch} through `fail` of shape-rules.ts, if they do not fit.
   */
  shape(node: N, inputs: readonly Shape[], parameters: Parameters): Shape;
  /** Faults in the numbers of a node whose shapes fit. Default: none. */
  numbers?(node: N, parameters: Parameters): readonly string[];
  /**
   * For a node without weights: the input elements that each element of its value is computed from. An engine moves values along it if the operation
   * is {@link Operation.linear}; analysis always follows connections along it.
   */
  maps?(node: N, inputs: readonly Shape[], to: Shape, parameters: Parameters): readonly ElementMap[];
  /** Whether its value is exactly the sum over its maps, times their factors. */
  readonly linear?: boolean;
  /**
   * Bounds of its value in an integer network. Default: those of a node that only moves values along its maps or selects among them; nodes without
   * maps have no default.
   */
  bounds?(node: N, inputs: readonly Bounded[], shape: Shape, parameterOf: (name: string) => Parameter): ValueBounds;
  /** Whether it is computed on means over time and never on spikes, with all that reads its value; see `analogHead`. Default: false. */
  readonly analog?: boolean;
  /** Whether an integer network can have it. Default: true. */
  readonly integer?: boolean;
  /** Its faults in an integer network. Default: none. */
  integerProblems?(node: N, context: IntegerContext): readonly string[];
  /** Why a node of a float32 spiking network cannot be rewritten in integers. Default: undefined, it can. */
  notToInteger?(node: N): string | undefined;
}

/** Methods are compared bivariantly, so an entry of the table for one kind of node is assignable to this type. */
export type AnyOperation = Operation<NetworkNode>;
