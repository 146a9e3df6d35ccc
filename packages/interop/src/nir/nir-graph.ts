import type { Hdf5Group, Hdf5Value } from './hdf5.js';

/** A node of a NIR graph; its fields are those of the file. */
export interface NirNode {
  readonly name: string;
  /** `Conv2d`, `IF`, … */
  readonly type: string;
  readonly fields: ReadonlyMap<string, Hdf5Value>;
  /** What a writer keeps beside the node's own fields. */
  readonly metadata: ReadonlyMap<string, Hdf5Value>;
}

/** A NIR graph without nested ones. */
export interface NirGraph {
  /** Version of the library that wrote the file; absent where it does not say. */
  readonly version?: string;
  /** In topological order. */
  readonly nodes: readonly NirNode[];
  /** Names of the nodes whose values meet at each node, in the order of the edges. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
}

/** A nested graph's node, by its own name; where nested graphs begin and end, their inputs and outputs pass values on. */
interface Flat {
  readonly nodes: Map<string, NirNode>;
  readonly edges: (readonly [from: string, to: string])[];
}

type Fail = (message: string) => never;

function valuesOf(group: Hdf5Group | Hdf5Value | undefined): ReadonlyMap<string, Hdf5Value> {
  if (group?.kind !== 'group') return new Map();
  return new Map(
    [...group.entries].flatMap(([name, entry]) => (entry.kind === 'group' ? [] : [[name, entry] as const])),
  );
}

function typeOf({ entries }: Hdf5Group, name: string, fail: Fail): string {
  const type = entries.get('type');
  return type?.kind === 'text' ? type.text : fail(`${name}: has no type`);
}

/** A graph's nodes, those of nested graphs with the graph's name before their own, and its edges. */
function flatten(graph: Hdf5Group, prefix: string, fail: Fail): Flat {
  const where = prefix === '' ? 'the graph' : prefix.slice(0, -1);
  const nodes = graph.entries.get('nodes');
  if (nodes?.kind !== 'group') return fail(`${where}: has no nodes`);
  const flat: Flat = { nodes: new Map(), edges: [] };
  /** Where edges to and from a nested graph lead. */
  const inner = new Map<string, { readonly inputs: readonly string[]; readonly outputs: readonly string[] }>();
  for (const [own, entry] of nodes.entries) {
    const name = `${prefix}${own}`;
    if (entry.kind !== 'group') return fail(`${name}: is no node`);
    const type = typeOf(entry, name, fail);
    if (type !== 'NIRGraph') {
      flat.nodes.set(name, { name, type, fields: valuesOf(entry), metadata: valuesOf(entry.entries.get('metadata')) });
      continue;
    }
    const nested = flatten(entry, `${name}.`, fail);
    const ends = (wanted: string): readonly string[] =>
      [...nested.nodes.values()]
        .filter((node) => node.type === wanted && !node.name.slice(name.length + 1).includes('.'))
        .map((node) => node.name);
    inner.set(name, { inputs: ends('Input'), outputs: ends('Output') });
    for (const [key, node] of nested.nodes) {
      const passes = node.type === 'Input' || node.type === 'Output';
      flat.nodes.set(key, passes ? { ...node, type: passesOn } : node);
    }
    flat.edges.push(...nested.edges);
  }
  for (const [from, to] of edgesOf(graph, where, fail)) {
    const [source, target] = [`${prefix}${from}`, `${prefix}${to}`];
    for (const end of [source, target]) {
      if (!flat.nodes.has(end) && !inner.has(end))
        fail(`an edge of ${where} names the node '${end}', which does not exist`);
    }
    const [sources, targets] = [inner.get(source)?.outputs ?? [source], inner.get(target)?.inputs ?? [target]];
    if (sources.length !== 1 || targets.length !== 1) {
      fail(
        `the nested graph '${sources.length === 1 ? target : source}' has several inputs or outputs, and the edge '${from}' → '${to}' does not say which`,
      );
    }
    flat.edges.push(...sources.flatMap((a) => targets.map((b) => [a, b] as const)));
  }
  return flat;
}

/** The type of what only passes its value on: inputs and outputs of nested graphs. */
export const passesOn = 'passes on';

function edgesOf({ entries }: Hdf5Group, where: string, fail: Fail): readonly (readonly [string, string])[] {
  const edges = entries.get('edges');
  // Without edges h5py writes an empty array of numbers.
  if (edges?.kind === 'numbers' && edges.data.length === 0) return [];
  if (edges?.kind !== 'texts' || edges.shape.length !== 2 || edges.shape[1] !== 2)
    return fail(`${where}: has no edges`);
  return Array.from(
    { length: edges.texts.length / 2 },
    (_, i) => [edges.texts[2 * i] ?? '', edges.texts[2 * i + 1] ?? ''] as const,
  );
}

/**
 * The graph of a NIR file.
 *
 * @throws through `fail`, if the file has another layout, or the graph is recurrent.
 */
export function nirGraph(root: Hdf5Group, fail: Fail): NirGraph {
  const top = root.entries.get('node');
  if (top?.kind !== 'group') return fail('has no group "node", as NIR files have');
  const type = typeOf(top, 'the graph', fail);
  if (type !== 'NIRGraph') fail(`holds a single node of type ${type}, not a graph (NIRGraph)`);
  const version = root.entries.get('version');
  const { nodes, edges } = flatten(top, '', fail);
  const sources = new Map([...nodes.keys()].map((name) => [name, [] as string[]]));
  for (const [from, to] of edges) sources.get(to)?.push(from);
  return {
    ...(version?.kind === 'text' && { version: version.text }),
    nodes: inOrder(nodes, sources, fail),
    sources,
  };
}

function inOrder(
  nodes: ReadonlyMap<string, NirNode>,
  sources: ReadonlyMap<string, readonly string[]>,
  fail: Fail,
): readonly NirNode[] {
  const ordered: NirNode[] = [];
  const done = new Set<string>();
  let left = [...nodes.values()];
  while (left.length > 0) {
    const ready = left.filter(({ name }) => (sources.get(name) ?? []).every((source) => done.has(source)));
    if (ready.length === 0) {
      // Those that only read a loop are not part of it.
      const names = new Set(left.map(({ name }) => name));
      for (let found = true; found; ) {
        const ends = [...names].filter((name) => ![...names].some((reader) => sources.get(reader)?.includes(name)));
        for (const name of ends) names.delete(name);
        found = ends.length > 0;
      }
      fail(
        `the nodes ${[...names].map((name) => `'${name}'`).join(', ')} form a loop; recurrent networks cannot be run`,
      );
    }
    for (const node of ready) done.add(node.name);
    ordered.push(...ready);
    left = left.filter(({ name }) => !done.has(name));
  }
  return ordered;
}
