import type { Decode } from './decode.js';
import type { ElementMap } from './element-map.js';
import type { NetworkNode } from './node.js';
import type { Parameter, ParameterType } from './parameter.js';
import type { Shape } from './shape.js';
import type { Bounded, ValueBounds } from './value-bounds.js';

/** The parameters of a network by name. */
export type Parameters = ReadonlyMap<string, Parameter>;

type FieldOf<N> = N extends NetworkNode ? Exclude<keyof N & string, 'op' | 'name' | 'inputs'> : never;

/** What an operation's rule on integers is told of the network around the node. */
export interface IntegerContext {
  readonly readers: readonly NetworkNode[];
  /** Says what is wrong if the parameter is of none of these types. */
  expectType(name: string | undefined, part: string, ...types: readonly ParameterType[]): readonly string[];
}

/**
 * Everything about an operation that needs no tensors. Rewrites, engines and analysis are derived from it; docs/guides/add-an-operation.md shows
 * how to add one.
 */
export interface Operation<N extends NetworkNode> {
  /** A node from plain data. */
  readonly decode: Decode<N>;
  /** The fields that name parameters, or hold an activation or neuron that does; weights first. Default: none. */
  readonly parameters?: readonly FieldOf<NetworkNode>[];
  /**
   * The shape of its value.
   *
   * @param inputs shapes of what it reads
   * @throws {Mismatch} through `fail` of shape-rules.ts, if they do not fit.
   */
  shape(node: N, inputs: readonly Shape[], parameters: Parameters): Shape;
  /** What is wrong with the numbers of a node whose shapes fit. Default: nothing. */
  numbers?(node: N, parameters: Parameters): readonly string[];
  /**
   * For a node without weights: which elements of its inputs each element of its value is made from. An engine moves values along it if the operation
   * is {@link Operation.linear}; analysis follows connections along it in any case.
   */
  maps?(node: N, inputs: readonly Shape[], to: Shape): readonly ElementMap[];
  /** Whether its value is the sum of what its maps give, times their factors, and nothing else. */
  readonly linear?: boolean;
  /**
   * Bounds of its value in an integer network. Default: those of a node that only moves values along its maps, or chooses among them; nodes without
   * maps have no default.
   */
  bounds?(node: N, inputs: readonly Bounded[], shape: Shape, parameterOf: (name: string) => Parameter): ValueBounds;
  /** Whether an integer network can have it. Default: it can. */
  readonly integer?: boolean;
  /** What is wrong with it in an integer network. Default: nothing. */
  integerProblems?(node: N, context: IntegerContext): readonly string[];
  /** Why a node of a spiking network in float32 cannot be rewritten in integers. Default: it can. */
  notToInteger?(node: N): string | undefined;
}

/** Methods are compared bivariantly, so that an entry of the table for a node stands for one that takes any. */
export type AnyOperation = Operation<NetworkNode>;
