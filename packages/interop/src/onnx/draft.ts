import type {
  Float32Parameter,
  Network,
  NetworkNode,
  Parameter,
  ParameterRole,
  Shape,
  WeightedNode,
} from '@rheobase/network';
import {
  float32Parameter,
  freeName,
  growingShapes,
  indicesParameter,
  isWeighted,
  readingLimits,
  sameShape,
  shapeAt,
  withoutUnusedParameters,
} from '@rheobase/network';
import { Unreadable } from './refusal.js';

/** A node that has no name yet. */
export type Unnamed<Node = NetworkNode> = Node extends NetworkNode ? Omit<Node, 'name'> : never;

/** A network that grows operator by operator. */
export interface Draft {
  /** The operator that is being read: nodes are named after it. */
  begin(name: string): void;
  /**
   * Adds a node and gives its name. A node that would compute what an earlier one does is not added again.
   *
   * @param suffix for what an operator needs besides the node that has its name
   */
  add(node: Unnamed, suffix?: string): string;
  addInput(name: string, shape: Shape): void;
  addOutput(name: string, from: string): void;
  shapeOf(node: string): Shape;
  /** Adds a parameter, once for each of what it is made of, and gives its name. */
  parameter(role: ParameterRole, shape: Shape, data: ArrayLike<number>, name: string, madeOf?: string): string;
  /** Adds a parameter of integers. */
  indices(shape: Shape, data: Int32Array): string;
  /** The layer with weights whose value nothing reads but the operator that is being read, so that it may still change. */
  openLayer(node: string): WeightedNode | undefined;
  /** Puts an open layer in the place of the one of its name. */
  replace(layer: WeightedNode): void;
  /** Multiplies the channels of an open layer by factors, then adds offsets to them. */
  foldInto(layer: WeightedNode, factors: ArrayLike<number>, offsets: ArrayLike<number>): void;
  /** Says that a value of the model that is a view of a node will be read, or no longer will be. */
  hold(node: string, change: 1 | -1): void;
  /** The nodes that outputs depend on. */
  finished(metadata: Readonly<Record<string, string>>): Network;
  /** Names of the nodes added since `begin`. */
  added(): readonly string[];
}

/** @param reserved names that only inputs and outputs may have */
export function networkDraft(reserved: ReadonlySet<string>): Draft {
  const nodes = new Map<string, NetworkNode>();
  const parameters = new Map<string, Parameter>();
  const shapes = growingShapes(parameters);
  /** Nodes by what they compute. */
  const known = new Map<string, string>();
  /** Parameters by what they are made of. */
  const made = new Map<string, string>();
  const parameterUses = new Map<string, number>();
  const readers = new Map<string, number>();
  const held = new Map<string, number>();
  let current = '';
  let recent: string[] = [];

  const count = (counts: Map<string, number>, name: string, change = 1): void => {
    counts.set(name, (counts.get(name) ?? 0) + change);
  };

  const put = (node: NetworkNode): void => {
    const before = shapes.problems.length;
    shapes.add(node);
    const problem = shapes.problems[before];
    if (problem !== undefined) throw new Unreadable(problem.message);
    if (nodes.size >= readingLimits.nodes)
      throw new Unreadable(`the network has more than ${readingLimits.nodes} nodes`);
    nodes.set(node.name, node);
    recent.push(node.name);
    for (const input of new Set<string>(node.inputs)) count(readers, input);
  };

  const parameter = (
    role: ParameterRole,
    shape: Shape,
    data: ArrayLike<number>,
    name: string,
    madeOf?: string,
  ): string => {
    const key = madeOf === undefined ? undefined : `${role} ${shape.join()} ${madeOf}`;
    const before = key === undefined ? undefined : made.get(key);
    if (before !== undefined) {
      count(parameterUses, before);
      return before;
    }
    const own = freeName(name, parameters);
    parameters.set(own, float32Parameter(role, shape, wholeFloats(data)));
    count(parameterUses, own);
    if (key !== undefined) made.set(key, own);
    return own;
  };

  /** Gives a layer another array in place of one of its parameters, which other layers may go on using. */
  const replaced = (name: string, change: Float32Parameter): string => {
    if (parameterUses.get(name) === 1) {
      parameters.set(name, change);
      for (const [key, value] of made) if (value === name) made.delete(key);
      return name;
    }
    count(parameterUses, name, -1);
    return parameter(change.role, change.shape, change.data, name);
  };

  return {
    begin: (name) => {
      current = name;
      recent = [];
    },
    add: (node, suffix) => {
      const key = JSON.stringify(node);
      const same = known.get(key);
      if (same !== undefined) return same;
      const wanted = suffix === undefined ? current : `${current}/${suffix}`;
      const name = freeName(wanted, { has: (taken) => nodes.has(taken) || reserved.has(taken) });
      put({ ...node, name } as NetworkNode);
      // A layer with weights may still change, and then no longer computes what its key says.
      if (!('weight' in node)) known.set(key, name);
      return name;
    },
    addInput: (name, shape) => put({ op: 'input', name, inputs: [], shape }),
    addOutput: (name, from) => put({ op: 'output', name, inputs: [from] }),
    shapeOf: (node) => shapeAt(shapes.shapes, node),
    parameter,
    indices: (shape, data) => {
      const same = [...parameters].find(
        ([, other]) =>
          other.type === 'int32' && sameShape(other.shape, shape) && other.data.every((value, i) => value === data[i]),
      );
      if (same !== undefined) return same[0];
      const name = freeName(`${current}.indices`, parameters);
      parameters.set(name, indicesParameter(shape, data));
      return name;
    },
    openLayer: (name) => {
      const node = nodes.get(name);
      return isWeighted(node) && (readers.get(name) ?? 0) === 0 && (held.get(name) ?? 0) === 0 ? node : undefined;
    },
    replace: (layer) => nodes.set(layer.name, layer),
    foldInto: (layer, factors, offsets) => {
      const weight = parameters.get(layer.weight);
      const bias = layer.bias === undefined ? undefined : parameters.get(layer.bias);
      if (weight === undefined) return;
      const channels = weight.shape.at(-1) ?? 1;
      const changed = new Float32Array(weight.data.length);
      for (let i = 0; i < changed.length; i += 1) changed[i] = (weight.data[i] ?? 0) * (factors[i % channels] ?? 1);
      const sum = Float32Array.from(
        { length: channels },
        (_, i) => (bias?.data[i] ?? 0) * (factors[i] ?? 1) + (offsets[i] ?? 0),
      );
      const newBias = float32Parameter('bias', [channels], sum);
      const node = {
        ...layer,
        weight: replaced(layer.weight, float32Parameter('weight', weight.shape, changed)),
        bias:
          layer.bias === undefined
            ? parameter('bias', [channels], sum, `${layer.name}.bias`)
            : replaced(layer.bias, newBias),
      };
      nodes.set(layer.name, node);
    },
    hold: (node, change) => count(held, node, change),
    finished: (metadata) => withoutUnusedParameters({ nodes: reached([...nodes.values()]), parameters, metadata }),
    added: () => recent,
  };
}

/** Numbers as an array of their own; one that is that already is not copied. */
function wholeFloats(data: ArrayLike<number>): Float32Array {
  return data instanceof Float32Array && data.byteLength === data.buffer.byteLength ? data : new Float32Array(data);
}

function reached(nodes: readonly NetworkNode[]): readonly NetworkNode[] {
  const wanted = new Set<string>();
  for (const node of nodes.toReversed()) {
    if (node.op === 'output' || wanted.has(node.name)) for (const name of [node.name, ...node.inputs]) wanted.add(name);
  }
  return nodes.filter(({ name }) => wanted.has(name));
}
