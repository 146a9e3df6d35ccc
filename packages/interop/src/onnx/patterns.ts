import { ownValue } from '@rheobase/network';
import type { OnnxAttribute, OnnxNode } from './model.js';
import type { OnnxArray } from './value.js';

/** A constant of the model by its name; undefined for values that are computed. */
export type ConstantNamed = (name: string) => OnnxArray | undefined;

/** Operators that are read as one. */
interface Match {
  readonly type: string;
  /** The last of them, whose name and output the one has. */
  readonly last: OnnxNode;
  /** All of them, in order. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** What reads and computes the values of a model. */
interface Graph {
  readonly constant: ConstantNamed;
  /** What computes a value, if nothing but one operator reads it. */
  before(name: string | undefined): OnnxNode | undefined;
}

/**
 * Reads several operators as the one that they spell out: activations as `encodeOnnx` writes them, and functions that exporters take apart.
 *
 * @param outputs names of the model's outputs
 */
export function withPatterns(
  nodes: readonly OnnxNode[],
  outputs: ReadonlySet<string>,
  constant: ConstantNamed,
): readonly OnnxNode[] {
  const readers = new Map<string, number>();
  for (const { inputs } of nodes) for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const before = (name: string | undefined): OnnxNode | undefined =>
    name !== undefined && readers.get(name) === 1 && !outputs.has(name) ? producers.get(name) : undefined;
  const graph: Graph = { constant, before };
  const replaced = new Map<OnnxNode, OnnxNode | undefined>();
  for (const node of nodes.toReversed()) {
    if (replaced.has(node) || node.domain !== undefined) continue;
    for (const pattern of patterns) {
      const match = pattern(node, graph);
      if (match === undefined || match.nodes.some((one) => replaced.has(one))) continue;
      for (const one of match.nodes) replaced.set(one, undefined);
      const { type, inputs, attributes, last } = match;
      replaced.set(last, { ...last, type, inputs, attributes });
      break;
    }
  }
  return nodes.flatMap((node) => (replaced.has(node) ? (replaced.get(node) ?? []) : [node]));
}

type Pattern = (last: OnnxNode, graph: Graph) => Match | undefined;

/** The number that an operator reads as its second input, or as either if the order is free. */
function numberIn({ inputs }: OnnxNode, { constant }: Graph, isFree = false): number | undefined {
  for (const name of isFree ? inputs.toReversed() : inputs.slice(1, 2)) {
    const found = constant(name);
    if (found?.data.length === 1) return found.data[0];
  }
  return undefined;
}

const near = (value: number | undefined, wanted: number): boolean =>
  value !== undefined && Math.abs(value - wanted) <= 1e-3 * Math.abs(wanted);

const floatIn = ({ attributes }: OnnxNode, name: string, otherwise: number): number => {
  const value = ownValue(attributes, name);
  return typeof value === 'object' && 'float' in value ? value.float : otherwise;
};

/** θ·clip(⌊x·L/θ + ½⌋/L, lowest, 1), after a LeakyRelu if `lowest` is −1, as `encodeOnnx` writes quantizing activations. */
const grid: Pattern = (last, graph) => {
  const chain: OnnxNode[] = [last];
  for (const type of ['Div', 'Clip', 'Floor', 'Add', 'Div', 'Mul']) {
    const node = graph.before(chain[0]?.inputs[0]);
    if (node?.type !== type) return undefined;
    chain.unshift(node);
  }
  const [multiply, divide, add, , clip, again] = chain;
  if (last.type !== 'Mul' || !multiply || !divide || !add || !clip || !again) return undefined;
  const threshold = divide.inputs[1] ?? '';
  const levels = numberIn(multiply, graph) ?? 0;
  const [lowest, highest] = [1, 2].map((i) => graph.constant(clip.inputs[i] ?? '')?.data[0]);
  const isGrid =
    last.inputs[1] === threshold &&
    graph.constant(threshold) !== undefined &&
    Number.isInteger(levels) &&
    levels > 0 &&
    numberIn(add, graph) === 0.5 &&
    highest === levels &&
    numberIn(again, graph) === levels;
  if (!isGrid) return undefined;
  const input = multiply.inputs[0] ?? '';
  const found = { type: 'rheobase.grid', last };
  if (lowest === 0) return { ...found, nodes: chain, inputs: [input, threshold], attributes: { levels } };
  const leaky = graph.before(input);
  if (lowest !== -levels || leaky?.type !== 'LeakyRelu') return undefined;
  return {
    ...found,
    nodes: [leaky, ...chain],
    inputs: [leaky.inputs[0] ?? '', threshold],
    attributes: { levels, slope: { float: floatIn(leaky, 'alpha', 0.01) } },
  };
};

/** min(relu(x), θ) with constants θ. */
const clipTo: Pattern = (last, graph) => {
  const relu = last.type === 'Min' && last.inputs.length === 2 ? graph.before(last.inputs[0]) : undefined;
  const threshold = last.inputs[1] ?? '';
  const constant = graph.constant(threshold);
  if (relu?.type !== 'Relu' || constant === undefined || constant.data.some((value) => value <= 0)) return undefined;
  return {
    type: 'rheobase.clip',
    last,
    nodes: [relu, last],
    inputs: [relu.inputs[0] ?? '', threshold],
    attributes: {},
  };
};

/** A global pooling whose axes of one are left out at once has the name of what leaves them out. */
const flatPool: Pattern = (last, graph) => {
  const pool = last.type === 'Flatten' ? graph.before(last.inputs[0]) : undefined;
  if (pool?.type !== 'GlobalAveragePool' || ownValue(last.attributes, 'axis') === 0) return undefined;
  return { type: 'rheobase.flatPool', last, nodes: [pool, last], inputs: pool.inputs, attributes: {} };
};

/** x·f(x), with f(x) read nowhere else: the input x and what computes f. */
function gate(
  last: OnnxNode,
  graph: Graph,
  reads: (factor: OnnxNode) => string | undefined,
): { readonly input: string; readonly factor: OnnxNode } | undefined {
  if (last.type !== 'Mul') return undefined;
  for (const [i, name] of last.inputs.entries()) {
    const factor = graph.before(name);
    const input = last.inputs[1 - i];
    if (factor !== undefined && input !== undefined && reads(factor) === input) return { input, factor };
  }
  return undefined;
}

const silu: Pattern = (last, graph) => {
  const found = gate(last, graph, ({ type, inputs }) => (type === 'Sigmoid' ? inputs[0] : undefined));
  return found && { type: 'rheobase.silu', last, nodes: [found.factor, last], inputs: [found.input], attributes: {} };
};

const hardSwishOfSigmoid: Pattern = (last, graph) => {
  const found = gate(last, graph, (node) =>
    node.type === 'HardSigmoid' && near(floatIn(node, 'alpha', 0.2), 1 / 6) && near(floatIn(node, 'beta', 0.5), 0.5)
      ? node.inputs[0]
      : undefined,
  );
  return found && { type: 'HardSwish', last, nodes: [found.factor, last], inputs: [found.input], attributes: {} };
};

const mish: Pattern = (last, graph) => {
  const softplusOf = (node: OnnxNode): OnnxNode | undefined => {
    const inner = node.type === 'Tanh' ? graph.before(node.inputs[0]) : undefined;
    return inner?.type === 'Softplus' ? inner : undefined;
  };
  const found = gate(last, graph, (node) => softplusOf(node)?.inputs[0]);
  const inner = found && softplusOf(found.factor);
  return (
    found &&
    inner && { type: 'rheobase.mish', last, nodes: [inner, found.factor, last], inputs: [found.input], attributes: {} }
  );
};

/** clip(x + 3, 0, 6), and x. */
function sixGate(
  node: OnnxNode,
  graph: Graph,
): { readonly input: string; readonly nodes: readonly OnnxNode[] } | undefined {
  if (node.type !== 'Clip') return undefined;
  const limits = [1, 2].map((i) => graph.constant(node.inputs[i] ?? '')?.data[0]);
  const [low = floatIn(node, 'min', Number.NaN), high = floatIn(node, 'max', Number.NaN)] = limits;
  const add = low === 0 && high === 6 ? graph.before(node.inputs[0]) : undefined;
  if (add?.type !== 'Add' || numberIn(add, graph, true) !== 3) return undefined;
  const input = add.inputs.find((name) => graph.constant(name) === undefined);
  return input === undefined ? undefined : { input, nodes: [add, node] };
}

/** x·clip(x + 3, 0, 6)/6, with the division at any place. */
const hardSwish: Pattern = (last, graph) => {
  const sixth = (node: OnnxNode): OnnxNode | undefined => {
    const isSixth =
      (node.type === 'Div' && numberIn(node, graph) === 6) ||
      (node.type === 'Mul' && near(numberIn(node, graph, true), 1 / 6));
    if (!isSixth) return undefined;
    return graph.before(node.inputs.find((name) => graph.constant(name) === undefined));
  };
  const whole = (product: OnnxNode, nodes: readonly OnnxNode[]): Match | undefined => {
    const found = gate(product, graph, (node) => sixGate(node, graph)?.input);
    const inner = found && sixGate(found.factor, graph);
    return (
      found &&
      inner && { type: 'HardSwish', last, nodes: [...inner.nodes, ...nodes], inputs: [found.input], attributes: {} }
    );
  };
  const product = sixth(last);
  if (product?.type === 'Mul') return whole(product, [product, last]);
  const found = gate(last, graph, (node) => {
    const clip = sixth(node);
    return clip && sixGate(clip, graph)?.input;
  });
  const clip = found && sixth(found.factor);
  const inner = clip && sixGate(clip, graph);
  return (
    found &&
    inner && {
      type: 'HardSwish',
      last,
      nodes: [...inner.nodes, found.factor, last],
      inputs: [found.input],
      attributes: {},
    }
  );
};

/** clip(x + 3, 0, 6)/6. */
const hardSigmoid: Pattern = (last, graph) => {
  const isSixth = last.type === 'Div' && numberIn(last, graph) === 6;
  const clip = isSixth ? graph.before(last.inputs[0]) : undefined;
  const inner = clip && sixGate(clip, graph);
  return (
    inner && {
      type: 'HardSigmoid',
      last,
      nodes: [...inner.nodes, last],
      inputs: [inner.input],
      attributes: { alpha: { float: 1 / 6 }, beta: { float: 0.5 } },
    }
  );
};

/** x·½·(1 + erf(x/√2)), with the ½ at any place. */
const gelu: Pattern = (last, graph) => {
  const erfOf = (
    add: OnnxNode | undefined,
  ): { readonly input: string; readonly nodes: readonly OnnxNode[] } | undefined => {
    if (add?.type !== 'Add' || numberIn(add, graph, true) !== 1) return undefined;
    const erf = graph.before(add.inputs.find((name) => graph.constant(name) === undefined));
    const scale = erf?.type === 'Erf' ? graph.before(erf.inputs[0]) : undefined;
    if (erf === undefined || scale === undefined) return undefined;
    const isScaled =
      (scale.type === 'Div' && near(numberIn(scale, graph), Math.SQRT2)) ||
      (scale.type === 'Mul' && near(numberIn(scale, graph, true), Math.SQRT1_2));
    const input = scale.inputs.find((name) => graph.constant(name) === undefined);
    return isScaled && input !== undefined ? { input, nodes: [scale, erf, add] } : undefined;
  };
  const isHalf = (node: OnnxNode): boolean => node.type === 'Mul' && near(numberIn(node, graph, true), 0.5);
  const rest = (node: OnnxNode): string | undefined => node.inputs.find((name) => graph.constant(name) === undefined);
  const whole = (product: OnnxNode, nodes: readonly OnnxNode[]): Match | undefined => {
    const found = gate(product, graph, (node) => erfOf(node)?.input);
    const inner = found && erfOf(found.factor);
    return (
      found && inner && { type: 'Gelu', last, nodes: [...inner.nodes, ...nodes], inputs: [found.input], attributes: {} }
    );
  };
  if (isHalf(last)) {
    const product = graph.before(rest(last));
    return product?.type === 'Mul' ? whole(product, [product, last]) : undefined;
  }
  // (x·½)·(1 + erf(x/√2)).
  if (last.type !== 'Mul') return undefined;
  for (const [i, name] of last.inputs.entries()) {
    const [half, inner] = [graph.before(name), erfOf(graph.before(last.inputs[1 - i]))];
    if (half !== undefined && inner !== undefined && isHalf(half) && rest(half) === inner.input) {
      return { type: 'Gelu', last, nodes: [...inner.nodes, half, last], inputs: [inner.input], attributes: {} };
    }
  }
  // x·(½·(1 + erf(x/√2))).
  const found = gate(last, graph, (node) => (isHalf(node) ? erfOf(graph.before(rest(node)))?.input : undefined));
  const inner = found && erfOf(graph.before(rest(found.factor)));
  return (
    found &&
    inner && { type: 'Gelu', last, nodes: [...inner.nodes, found.factor, last], inputs: [found.input], attributes: {} }
  );
};

const patterns: readonly Pattern[] = [
  grid,
  clipTo,
  flatPool,
  silu,
  mish,
  hardSwishOfSigmoid,
  hardSwish,
  hardSigmoid,
  gelu,
];
