import type { Padding, Shape } from '@rheobase/network';
import { freeName } from '@rheobase/network';
import type { Hdf5Group, Hdf5Value } from './hdf5.js';
import type { Term } from './nir-terms.js';
import { gainPerChannel, isWhole } from './nir-terms.js';
import { nirPlaces } from './nir-value.js';

export const integers = (...data: readonly number[]): Hdf5Value => ({ kind: 'integers', shape: [data.length], data });
export const integer = (value: number): Hdf5Value => ({ kind: 'integers', shape: [], data: [value] });
export const text = (value: string): Hdf5Value => ({ kind: 'text', text: value });
export const floats = (shape: Shape, data: ArrayLike<number>): Hdf5Value => ({
  kind: 'numbers',
  shape,
  data: Float32Array.from(data),
});

/** A network's shape as NIR has it: channels first. */
export function nirShape(shape: Shape): Shape {
  const [height = 1, width = 1, channels = 1] = shape;
  return shape.length === 3 ? [channels, height, width] : shape;
}

/** Elements of a network's value in NIR's order. */
export function inNirOrder(elements: ArrayLike<number>, shape: Shape, image?: Shape): Float64Array {
  const ordered = new Float64Array(elements.length);
  const given = { shape: nirShape(shape), ...(image !== undefined && { image: nirShape(image) }) };
  nirPlaces(given).forEach((place, i) => (ordered[place] = elements[i] ?? 0));
  return ordered;
}

/** A NIR graph that is being written. */
export interface NirWriter {
  /** Adds a node that reads these, and returns its name. */
  node(
    wanted: string,
    type: string,
    sources: readonly string[],
    fields: Readonly<Record<string, Hdf5Value>>,
    metadata?: Readonly<Record<string, Hdf5Value>>,
  ): string;
  /** A convolution with a weight in the network's layout `[kH, kW, Cin/groups, Cout]`. */
  convolution(wanted: string, sources: readonly string[], given: Convolution): string;
  /** Nodes whose values, added, are these terms. */
  materialized(wanted: string, terms: readonly Term[], shape: Shape, image: Shape | undefined): readonly string[];
  readonly nodes: ReadonlyMap<string, { readonly type: string; readonly fields: Map<string, Hdf5Value> }>;
  readonly edges: readonly (readonly [from: string, to: string])[];
  graph(metadata: Readonly<Record<string, Hdf5Value>>): Hdf5Group;
}

export interface Convolution {
  /** Shape of its input in the network. */
  readonly input: Shape;
  readonly weight: { readonly shape: Shape; readonly data: ArrayLike<number> };
  readonly bias?: ArrayLike<number>;
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

const group = (entries: Iterable<readonly [string, Hdf5Group | Hdf5Value]>): Hdf5Group => ({
  kind: 'group',
  entries: new Map(entries),
});
const sorted = (fields: Readonly<Record<string, Hdf5Value>>) =>
  Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));

/** @param fail refuses a node of the network, by name */
export function nirWriter(fail: (name: string, message: string) => never): NirWriter {
  const nodes = new Map<
    string,
    {
      readonly type: string;
      readonly fields: Map<string, Hdf5Value>;
      readonly metadata: Readonly<Record<string, Hdf5Value>>;
    }
  >();
  const edges: (readonly [string, string])[] = [];
  const made = new Map<Term, string>();

  const writer: NirWriter = {
    nodes,
    edges,
    node(wanted, type, sources, fields, metadata = {}) {
      // HDF5 separates names by slashes.
      const name = freeName(wanted.replaceAll('/', '.'), nodes);
      nodes.set(name, { type, fields: new Map(sorted(fields)), metadata });
      for (const source of sources) edges.push([source, name]);
      return name;
    },
    convolution(wanted, sources, { input, weight, bias, stride, padding, dilation, groups }) {
      const [rows = 1, columns = 1, perGroup = 1, filters = 1] = weight.shape;
      const widened = symmetric(padding, dilation);
      if (widened === undefined) {
        return fail(wanted, 'its padding is not the same on both sides, which NIR cannot say of a dilated convolution');
      }
      const [above, below, before, after] = widened.more;
      const [height, width] = [rows + above + below, columns + before + after];
      const kernel = new Float32Array(filters * perGroup * height * width);
      for (let tap = 0; tap < rows * columns; tap += 1) {
        const [row, column] = [Math.floor(tap / columns) + above, (tap % columns) + before];
        for (let channel = 0; channel < perGroup; channel += 1) {
          for (let filter = 0; filter < filters; filter += 1) {
            kernel[((filter * perGroup + channel) * height + row) * width + column] =
              weight.data[(tap * perGroup + channel) * filters + filter] ?? 0;
          }
        }
      }
      return writer.node(wanted, 'Conv2d', sources, {
        weight: floats([filters, perGroup, height, width], kernel),
        bias: floats([filters], bias ?? new Float32Array(filters)),
        stride: integers(...stride),
        padding: integers(...widened.padding),
        dilation: integers(...dilation),
        groups: integer(groups),
        input_shape: integers(input[0] ?? 1, input[1] ?? 1),
      });
    },
    materialized(wanted, terms, shape, image) {
      return terms.map((term) => {
        const known = made.get(term);
        if (known !== undefined) return known;
        const node = writeTerm(writer, wanted, term, shape, image);
        made.set(term, node);
        return node;
      });
    },
    graph(metadata) {
      const written = [...nodes].map(([name, { type, fields, metadata: own }]) => {
        const more = Object.keys(own).length > 0 ? [['metadata', group(sorted(own))] as const] : [];
        return [name, group([...fields, ...more, ['type', text(type)] as const])] as const;
      });
      return group([
        [
          'node',
          group([
            ['edges', { kind: 'texts', shape: [edges.length, 2], texts: edges.flat() }],
            ['metadata', group(sorted(metadata))],
            ['nodes', group(written)],
            ['type', text('NIRGraph')],
          ]),
        ],
        ['version', text('1.0')],
      ]);
    },
  };
  return writer;
}

/** A padding that is the same on both sides, and the rows and columns of zeros around the kernel that make up for what is too much. */
function symmetric({ top, bottom, left, right }: Padding, dilation: readonly [number, number]) {
  const [down, across] = [Math.max(top, bottom), Math.max(left, right)];
  const more = [down - top, down - bottom, across - left, across - right] as const;
  const even = more.every((zeros, side) => zeros % (dilation[side < 2 ? 0 : 1] ?? 1) === 0);
  if (!even) return undefined;
  const [above, below, before, after] = more.map((zeros, side) => zeros / (dilation[side < 2 ? 0 : 1] ?? 1));
  return { padding: [down, across] as const, more: [above ?? 0, below ?? 0, before ?? 0, after ?? 0] as const };
}

/** A NIR node with a term's value: the node itself, a Scale, or for a stride or a choice of channels a convolution of single pixels. */
function writeTerm(writer: NirWriter, wanted: string, term: Term, shape: Shape, image: Shape | undefined): string {
  if (isWhole(term)) {
    if (term.gain.every((x) => x === 1)) return term.node;
    return writer.node(`${wanted}.gain`, 'Scale', [term.node], {
      scale: floats(nirShape(shape), inNirOrder(term.gain, shape, image)),
    });
  }
  const [inputs, outputs] = [term.from.at(-1) ?? 1, shape.at(-1) ?? 1];
  const perChannel = gainPerChannel(term, outputs);
  const weight = new Float32Array(inputs * outputs);
  term.channels?.forEach((from, to) => {
    if (from >= 0) weight[from * outputs + to] = perChannel?.[to] ?? 1;
  });
  if (term.channels === undefined) for (let c = 0; c < outputs; c += 1) weight[c * outputs + c] = perChannel?.[c] ?? 1;
  const chosen = writer.convolution(`${wanted}.shortcut`, [term.node], {
    input: term.from,
    weight: { shape: [1, 1, inputs, outputs], data: weight },
    stride: term.stride,
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
    dilation: [1, 1],
    groups: 1,
  });
  if (perChannel !== undefined) return chosen;
  return writer.node(`${wanted}.gain`, 'Scale', [chosen], {
    scale: floats(nirShape(shape), inNirOrder(term.gain, shape, image)),
  });
}
