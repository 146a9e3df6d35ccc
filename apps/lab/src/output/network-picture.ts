import dagre, { type Edge } from '@dagrejs/dagre';
import type { Outcome } from '@rheobase/converter';
import { escapeMarkup } from '@rheobase/experiments/report';

/** A node of a network as it is drawn. */
export interface DrawnNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly shape: string;
  /** What conversion makes of it. */
  readonly outcome?: Outcome['kind'] | undefined;
}

const [margin, boxHeight, letter] = [24, 40, 6.6];
const longest = 30;

const colours = {
  converted: { fill: '#dceefb', stroke: '#2f6fb0' },
  folded: { fill: '#eef1f5', stroke: '#8a97a6' },
  replaced: { fill: '#fff4d6', stroke: '#b98500' },
  passed: { fill: '#ffffff', stroke: '#8a97a6' },
  refused: { fill: '#fde2df', stroke: '#c0392b' },
} as const satisfies Readonly<Record<Outcome['kind'], { readonly fill: string; readonly stroke: string }>>;

const meaning = {
  converted: 'becomes a neuron',
  folded: 'folded into a layer',
  replaced: 'replaced by an equal node',
  passed: 'stays as it is',
  refused: 'cannot be converted',
} as const satisfies Readonly<Record<Outcome['kind'], string>>;

/** The graph of a network from top to bottom, coloured by what conversion makes of each node: an SVG document. */
export function networkPicture(nodes: readonly DrawnNode[]): string {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 30, marginx: margin, marginy: margin });
  graph.setDefaultEdgeLabel(() => ({}));
  const keyOf = new Map(nodes.map(({ name }, k) => [name, String(k)]));
  for (const node of nodes) {
    const length = Math.max(shortened(node.name).length, secondLine(node).length);
    graph.setNode(keyOf.get(node.name) ?? '', { width: length * letter + 20, height: boxHeight });
  }
  for (const { name, inputs } of nodes) {
    for (const input of inputs) graph.setEdge(keyOf.get(input) ?? '', keyOf.get(name) ?? '');
  }
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const kinds = Object.entries(meaning).flatMap(([kind, text]) =>
    nodes.some(({ outcome }) => outcome === kind) ? [{ kind: kind as Outcome['kind'], text }] : [],
  );
  const key = kinds.map(
    ({ kind, text }, k) =>
      `<rect x="${margin}" y="${height + 20 * k}" width="14" height="12" rx="3" fill="${colours[kind].fill}" stroke="${colours[kind].stroke}"/>` +
      `<text x="${margin + 22}" y="${height + 20 * k + 10}">${text}</text>`,
  );
  const size = { width: Math.ceil(Math.max(width, 220)), height: Math.ceil(height + 20 * kinds.length + margin) };
  const edges = graph.edges().map((edge: Edge) => pathOf(graph.edge(edge).points ?? []));
  const boxes = nodes.map((node) => {
    const { x, y, width: wide } = graph.node(keyOf.get(node.name) ?? '');
    const { fill, stroke } = colours[node.outcome ?? 'passed'];
    return (
      `<g transform="translate(${(x - wide / 2).toFixed(1)} ${(y - boxHeight / 2).toFixed(1)})"><title>${escapeMarkup(node.name)}</title>` +
      `<rect width="${wide.toFixed(1)}" height="${boxHeight}" rx="6" fill="${fill}" stroke="${stroke}"/>` +
      `<text x="${(wide / 2).toFixed(1)}" y="17" text-anchor="middle">${escapeMarkup(shortened(node.name))}</text>` +
      `<text class="op" x="${(wide / 2).toFixed(1)}" y="32" text-anchor="middle">${escapeMarkup(secondLine(node))}</text></g>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="the graph of a network">`,
    '<style>text{font:11px ui-monospace,"DejaVu Sans Mono",monospace;fill:#1d2733}text.op{fill:#5b6775}</style>',
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#5b6775"/></marker></defs>',
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    ...edges,
    ...boxes,
    ...key,
    '</svg>',
    '',
  ].join('\n');
}

function secondLine({ op, shape }: DrawnNode): string {
  return `${op} ${shape}`;
}

/** A smooth line through points. */
function pathOf(points: readonly { readonly x: number; readonly y: number }[]): string {
  const text = ({ x, y }: { readonly x: number; readonly y: number }): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const curves = rest.map((point, k) => {
    const next = rest[k + 1];
    const end = next === undefined ? point : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${text(point)} ${text(end)}`;
  });
  return `<path d="M${text(first)}${curves.join('')}" fill="none" stroke="#5b6775" marker-end="url(#arrow)"/>`;
}

/** The end of a name says more than its beginning. */
function shortened(name: string): string {
  return name.length <= longest ? name : `…${name.slice(1 - longest)}`;
}
