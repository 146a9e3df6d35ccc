import { float32Parameter, indicesParameter, type Network, networkBuilder, scalarParameter } from '@rheobase/network';
import { referenceSimulate } from '@rheobase/testing';
import { defaultNeurons } from '@rheobase/neurons';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hdf5Group, Hdf5Value } from './hdf5.js';
import { readHdf5, writeHdf5 } from './hdf5.js';
import { floats, integer, integers, text } from './nir-writer.js';
import { framesFor, nirNetworks, writtenOf } from './random-nir.fixture.js';
import { readNir } from './read-nir.js';
import { writeNir } from './write-nir.js';

const references = Object.fromEntries(
  defaultNeurons.names.map((kind) => [kind, defaultNeurons.get(kind).reference] as const),
);

const simulate = (network: Network, frames: readonly Float32Array[]) =>
  referenceSimulate(network, (t) => frames[t] ?? new Float32Array(), frames.length, references);

describe('writeNir and readNir', () => {
  it('give random networks back with the same spikes at every neuron and step', async () => {
    let [written, spikes] = [0, 0];
    await fc.assert(
      fc.asyncProperty(nirNetworks, fc.integer(), async (network, seed) => {
        const bytes = await writtenOf(network);
        if (bytes === undefined) return;
        written += 1;
        const back = await readNir(bytes, 'mine.nir');
        const frames = framesFor(network, 5, seed);
        const [before, after] = [simulate(network, frames), simulate(back.network, frames)];
        for (const [name, steps] of before.spikes) {
          expect(after.spikes.get(name), name).toEqual(steps);
          spikes += steps.reduce((sum, step) => sum + step.reduce((a, b) => a + b, 0), 0);
        }
        for (const node of network.nodes) {
          if (node.op !== 'output') continue;
          const [expected, found] = [before, after].map(({ values }) => [...(values.get(node.name)?.at(-1) ?? [])]);
          expect(found).toHaveLength(expected?.length ?? 0);
          expected?.forEach((value, i) => expect(found?.[i]).toBeCloseTo(value, 5));
        }
      }),
      { seed: 21, numRuns: 150 },
    );
    expect(written).toBeGreaterThan(60);
    expect(spikes).toBeGreaterThan(5000);
  }, 120_000);
});

/** A layer and neurons, whose parts may be given. */
function smallNetwork(
  kind: string,
  more: Readonly<Record<string, number>> = {},
  attributes: Readonly<Record<string, number>> = {},
): Network {
  const build = networkBuilder();
  const layer = build.dense('layer', build.input('x', [2]), {
    weight: float32Parameter('weight', [2, 2], [1, 0, 0, 1]),
  });
  const parameters = {
    threshold: scalarParameter('threshold', 1),
    ...(kind !== 'if-shift' && { initialPotential: scalarParameter('initialPotential', more['start'] ?? 0) }),
    ...(more['leak'] !== undefined && { leak: scalarParameter('dynamics', more['leak']) }),
  };
  build.output('y', build.neuron('cells', layer, { kind, parameters, attributes }));
  return build.build();
}

/** Neurons on an image, read through a choice of their elements. */
function gathering(indices: readonly number[], shape: readonly number[] = [indices.length]): Network {
  const build = networkBuilder();
  const cells = build.neuron('cells', build.input('x', [2, 1, 3]), {
    kind: 'if',
    parameters: {
      threshold: float32Parameter('threshold', [3], [0.5, 1, 2]),
      initialPotential: scalarParameter('initialPotential', 0),
    },
  });
  const places = build.parameter('places', indicesParameter(shape, indices));
  build.output('y', build.node({ op: 'gather', name: 'chosen', inputs: [cells], indices: places }));
  return build.build();
}

describe('writeNir', () => {
  it('writes a choice of elements as a Linear, and NIR’s own order of an image as its Flatten', async () => {
    const frames = [Float32Array.of(1, 2, 3, 4, 0.5, 1), Float32Array.of(0.5, 0, 3, 1, 2, 2)];
    const primitives = async (network: Network): Promise<Readonly<Record<string, number>>> => {
      const { bytes, report } = await writeNir(network);
      const { network: back } = await readNir(bytes, 'chosen.nir');
      const [wanted, found] = [network, back].map((one) => simulate(one, frames).values.get('y'));
      expect(found).toEqual(wanted);
      // What was read can be written again.
      const again = await readNir((await writeNir(back)).bytes, 'again.nir');
      expect(simulate(again.network, frames).values.get('y')).toEqual(wanted);
      return report.primitives;
    };
    expect(await primitives(gathering([5, 0, -1, 2, 2]))).toMatchObject({ Linear: 1, Flatten: 1 });
    const own = await primitives(gathering([0, 3, 1, 4, 2, 5]));
    expect([own['Linear'], own['Flatten']]).toEqual([undefined, 1]);
    await expect(writeNir(gathering([5, 0, 1, 2], [2, 1, 2]))).rejects.toThrow(/chosen: .* not put them into an image/);
  });

  it('says that a time step’s length has no effect where nothing leaks', async () => {
    const { bytes, report } = await writeNir(smallNetwork('if'), { dt: 0.001 });
    expect(report.notes).toContain('dt has no effect: none of the neurons leaks.');
    expect((await readNir(bytes, 'if.nir', { dt: 0.001 })).report.notes).toContain(
      'dt has no effect: none of the neurons leaks.',
    );
    const leaky = await writeNir(smallNetwork('lif', { leak: 0.5 }), { dt: 0.001 });
    expect(leaky.report.notes.join(' ')).not.toMatch(/no effect/);
  });

  it.each([
    ['signed-if', {}, { slope: 0.5 }, /cells: its neuron 'signed-if' fires negative spikes/],
    ['burst', {}, {}, /fires several spikes in a step/],
    ['if-shift', {}, { steps: 4 }, /adds θ\/\(2T\) at every step/],
    ['lif', { leak: 0.5 }, {}, /leaks, and NIR's time constants are in seconds: give dt/],
  ] as const)('refuses %s, for which NIR has no word', async (kind, more, attributes, message) => {
    await expect(writeNir(smallNetwork(kind, more, attributes))).rejects.toThrow(message);
  });

  it('says what NIR does not: where neurons fire, how they reset, and V(0)', async () => {
    const { report } = await writeNir(smallNetwork('if', { start: 0.5 }));
    expect(report.primitives).toEqual({ Input: 1, Linear: 1, IF: 1, Output: 1 });
    expect(report.notes.join('\n')).toMatch(
      /fire at V ≥ v_threshold[\s\S]*reset by subtraction[\s\S]*initial_potential/,
    );
    const plain = await writeNir(smallNetwork('if-hard-above'));
    expect(plain.report.notes).toHaveLength(1);
  });

  it('turns V(0) into a bias of V(0)/T, and refuses where no layer can carry it', async () => {
    const { bytes, report } = await writeNir(smallNetwork('if', { start: 0.5 }), {
      initialPotential: 'bias',
      steps: 4,
    });
    expect(report.notes.join('\n')).toMatch(/bias of V\(0\)\/4/);
    const { network } = await readNir(bytes, 'mine.nir');
    expect([...(network.parameters.get('layer.bias')?.data ?? [])]).toEqual([0.125, 0.125]);
    expect([...(network.parameters.get('cells.initialPotential')?.data ?? [])]).toEqual([0]);
    await expect(writeNir(smallNetwork('if', { start: 0.5 }), { initialPotential: 'bias' })).rejects.toThrow(
      /give the number of time steps/,
    );
  });

  it('gives leaky neurons back within rounding', async () => {
    const { bytes } = await writeNir(smallNetwork('lif', { leak: 0.75 }), { dt: 0.001 });
    const { network, report } = await readNir(bytes, 'mine.nir', { dt: 0.001 });
    expect(network.parameters.get('cells.leak')?.data[0]).toBeCloseTo(0.75, 6);
    expect(report.dt).toBe(0.001);
    const factor = network.parameters.get('cells.current.factor')?.data[0] ?? 1;
    expect(factor).toBeCloseTo(1, 6);
  });

  it('refuses what runs in integers, is analog, or pools maxima, by name', async () => {
    const build = networkBuilder();
    const cells = build.neuron('cells', build.input('x', [4, 4, 1]), {
      kind: 'if',
      parameters: {
        threshold: scalarParameter('threshold', 1),
        initialPotential: scalarParameter('initialPotential', 0),
      },
    });
    const padding = { top: 0, bottom: 0, left: 0, right: 0 };
    build.output(
      'y',
      build.node({ op: 'maxPool', name: 'pool', inputs: [cells], size: [2, 2], stride: [2, 2], padding }),
    );
    await expect(writeNir(build.build())).rejects.toThrow(/pool: NIR has no max pooling/);
    const analog = networkBuilder();
    analog.output('y', analog.activation('site', analog.input('x', [2]), { kind: 'relu' }));
    await expect(writeNir(analog.build())).rejects.toThrow(/it has no neurons; convert it first/);
  });
});

const group = (entries: Readonly<Record<string, Hdf5Group | Hdf5Value>>): Hdf5Group => ({
  kind: 'group',
  entries: new Map(Object.entries(entries)),
});
const node = (type: string, fields: Readonly<Record<string, Hdf5Value>> = {}): Hdf5Group =>
  group({ ...fields, type: text(type) });
const graphOf = (
  nodes: Readonly<Record<string, Hdf5Group>>,
  edges: readonly (readonly [string, string])[],
): Hdf5Group =>
  group({
    type: text('NIRGraph'),
    nodes: group(nodes),
    edges: { kind: 'texts', shape: [edges.length, 2], texts: edges.flat() },
  });
const fileOf = (nodes: Readonly<Record<string, Hdf5Group>>, edges: readonly (readonly [string, string])[]) =>
  writeHdf5(group({ version: text('1.0'), node: graphOf(nodes, edges) }));

const ends = (input: readonly number[], output: readonly number[]) => ({
  input: node('Input', { shape: integers(...input) }),
  output: node('Output', { shape: integers(...output) }),
});
const cells = (size: number, more: Readonly<Record<string, Hdf5Value>> = {}, type = 'IF'): Hdf5Group => {
  const ones = new Float32Array(size).fill(1);
  return node(type, { r: floats([size], ones), v_threshold: floats([size], ones), ...more });
};

/** Values of the one output at the last step. */
function resultOf(network: Network, frame: readonly number[], steps = 1): readonly number[] {
  const { values } = simulate(
    network,
    Array.from({ length: steps }, () => Float32Array.from(frame)),
  );
  const output = network.nodes.find(({ op }) => op === 'output');
  return [...(values.get(output?.name ?? '')?.at(-1) ?? [])];
}

describe('readNir', () => {
  it('reads Conv1d, flattening and layers in NIR’s order of elements', async () => {
    const weight = floats([3, 2, 2], [1, 0, 0, 1, 2, 0, 0, 0, 0, 0, 1, -1]);
    const read = async (order: boolean) => {
      const nodes = {
        ...ends([2, 3], [6]),
        conv: node('Conv1d', {
          weight,
          bias: floats([3], [0, 0, 1]),
          stride: integer(1),
          padding: integer(0),
          dilation: integer(1),
          groups: integer(1),
        }),
        flat: node('Flatten', { start_dim: integer(1), end_dim: integer(-1) }),
        cells: cells(6, { v_threshold: floats([6], [0.5, 0.5, 0.5, 100, 0.5, 0.5]) }),
      };
      return readNir(
        await fileOf(
          nodes,
          order
            ? [
                ['input', 'conv'],
                ['conv', 'flat'],
                ['flat', 'cells'],
                ['cells', 'output'],
              ]
            : [],
        ),
        'a.nir',
      );
    };
    const { network } = await read(true);
    // The channels x = 1, 0, 0 and y = 0, 1, 0 become x₀ + y₁, x₁ + y₂; 2x₀, 2x₁; 1 + y₀ − y₁, 1 + y₁ − y₂.
    expect(resultOf(network, [1, 0, 0, 1, 0, 0])).toEqual([1, 0, 1, 0, 0, 1]);
    await expect(read(false)).rejects.toThrow(/no edge leads to it/);
  });

  it('reads average pooling over the whole window, padding the same, and scales', async () => {
    const nodes = {
      ...ends([1, 2, 2], [1, 2, 2]),
      scale: node('Scale', { scale: floats([1, 2, 2], [1, 2, 3, 4]) }),
      conv: node('Conv2d', {
        weight: floats([1, 1, 2, 2], [1, 1, 1, 1]),
        bias: floats([1], [0]),
        stride: integer(1),
        padding: text('same'),
        dilation: integers(1, 1),
        groups: integer(1),
      }),
      pool: node('AvgPool2d', { kernel_size: integers(2, 2), stride: integers(2, 2), padding: integers(1, 1) }),
      cells: cells(1, { v_threshold: floats([1, 2, 2], [2, 1.4, 1.4, 0.9]), r: floats([1, 2, 2], [1, 1, 1, 1]) }),
    };
    const { network } = await readNir(
      await fileOf(nodes, [
        ['input', 'scale'],
        ['scale', 'conv'],
        ['conv', 'pool'],
        ['pool', 'cells'],
        ['cells', 'output'],
      ]),
      'a.nir',
    );
    // Sums of 2×2 windows that begin at each pixel: 10, 6, 7, 4; a quarter of each.
    expect(resultOf(network, [1, 1, 1, 1])).toEqual([1, 1, 1, 1]);
  });

  it('adds up where edges meet, and reads nested graphs under their names', async () => {
    const inner = graphOf({ ...ends([2], [2]), layer: node('Linear', { weight: floats([2, 2], [0, 1, 1, 0]) }) }, [
      ['input', 'layer'],
      ['layer', 'output'],
    ]);
    const bytes = await fileOf({ ...ends([2], [2]), block: inner, cells: cells(2) }, [
      ['input', 'block'],
      ['block', 'cells'],
      ['input', 'cells'],
      ['cells', 'output'],
    ]);
    const { network, report } = await readNir(bytes, 'a.nir');
    expect(network.nodes.map(({ name }) => name)).toEqual(['input', 'block.layer', 'cells.sum', 'cells', 'output']);
    expect(resultOf(network, [0.75, 0.5])).toEqual([1, 1]);
    expect(report.primitives).toEqual({ Input: 1, Linear: 1, IF: 1, Output: 1 });
  });

  it('fires above the threshold and resets hard unless told otherwise, and shifts v_reset away', async () => {
    const bytes = await fileOf({ ...ends([1], [1]), cells: cells(1, { v_reset: floats([1], [-1]) }) }, [
      ['input', 'cells'],
      ['cells', 'output'],
    ]);
    const rates = async (options: Parameters<typeof readNir>[2], current: number): Promise<number> => {
      const { network } = await readNir(bytes, 'a.nir', options);
      return (resultOf(network, [current], 8)[0] ?? 0) * 8;
    };
    // v: ½, 1, 1½ fires → −1; then −½ … 1½ takes five steps. At 1: ½, 1 fires, and four steps.
    expect(await rates({}, 0.5)).toBe(2);
    expect(await rates({ fires: 'at' }, 0.5)).toBe(2);
    expect(await rates({}, 1)).toBe(3);
    expect(await rates({ fires: 'at' }, 1)).toBe(4);
    // Soft: takes away v_threshold − v_reset = 2.
    expect(await rates({ reset: 'soft', fires: 'at' }, 1)).toBe(4);
    const { report } = await readNir(bytes, 'a.nir', { reset: 'soft' });
    expect(report.neurons).toEqual([
      { node: 'cells', fires: 'above', reset: 'soft', by: { fires: 'NIR', reset: 'option' } },
    ]);
  });

  it('steps LIF by forward Euler of dt', async () => {
    const lif = {
      tau: floats([1], [0.004]),
      v_leak: floats([1], [0.5]),
      v_threshold: floats([1], [0.9]),
      r: floats([1], [2]),
    };
    const nodes = { ...ends([1], [1]), cells: cells(1, lif, 'LIF') };
    const bytes = await fileOf(nodes, [
      ['input', 'cells'],
      ['cells', 'output'],
    ]);
    const { network } = await readNir(bytes, 'a.nir', { dt: 0.001 });
    let [v, spikes] = [0, 0];
    for (let t = 0; t < 20; t++) {
      v += 0.25 * (0.5 - v + 2 * 0.3);
      if (v > 0.9) [v, spikes] = [0, spikes + 1];
    }
    expect((resultOf(network, [0.3], 20)[0] ?? 0) * 20).toBeCloseTo(spikes, 6);
    await expect(readNir(bytes, 'a.nir')).rejects.toThrow(/a\.nir: node 'cells' \(LIF\): .*give dt, in seconds/);
    await expect(readNir(bytes, 'a.nir', { dt: 0.005 })).rejects.toThrow(/must be at least dt = 0.005/);
    await expect(readNir(bytes, 'a.nir', { dt: 0 })).rejects.toThrow(/dt must be above 0 seconds/);
  });

  it.each([
    [
      'unknown nodes, all by name',
      { a: node('CubaLIF'), b: node('Delay') },
      [
        ['input', 'a'],
        ['a', 'b'],
        ['b', 'output'],
      ],
      /'a' \(CubaLIF\), 'b' \(Delay\); those that can: Input, Output, Affine/,
    ],
    [
      'loops',
      { a: cells(1), b: cells(1), c: cells(1) },
      [
        ['input', 'a'],
        ['a', 'b'],
        ['b', 'a'],
        ['b', 'c'],
        ['c', 'output'],
      ],
      /the nodes 'a', 'b' form a loop; recurrent/,
    ],
    [
      'edges to nowhere',
      { a: cells(1) },
      [
        ['input', 'a'],
        ['a', 'z'],
        ['a', 'output'],
      ],
      /names the node 'z', which does not exist/,
    ],
    [
      'a threshold below the reset',
      { a: cells(1, { v_reset: floats([1], [2]) }) },
      [
        ['input', 'a'],
        ['a', 'output'],
      ],
      /node 'a' \(IF\): its v_threshold is not above v_reset/,
    ],
    [
      'a missing field',
      { a: node('Linear') },
      [
        ['input', 'a'],
        ['a', 'output'],
      ],
      /its field 'weight' is missing/,
    ],
    [
      'weights of another size',
      { a: node('Linear', { weight: floats([1, 3], [1, 1, 1]) }) },
      [
        ['input', 'a'],
        ['a', 'output'],
      ],
      /takes vectors of 3 values, but \[1\] arrives/,
    ],
  ] as const)('refuses %s', async (_, nodes: Readonly<Record<string, Hdf5Group>>, edges, message) => {
    const bytes = await fileOf({ ...ends([1], [1]), ...nodes }, edges);
    await expect(readNir(bytes, 'a.nir')).rejects.toThrow(message);
  });

  it('refuses files that are no HDF5, are cut off, or hold something else', async () => {
    await expect(readNir(new Uint8Array(3000), 'a.nir')).rejects.toThrow(/a\.nir: is not an HDF5 file/);
    const good = await fileOf({ ...ends([1], [1]), a: cells(1) }, [
      ['input', 'a'],
      ['a', 'output'],
    ]);
    for (const length of [100, 900, good.length - 200]) {
      await expect(readNir(good.subarray(0, length), 'a.nir')).rejects.toThrow(/a\.nir: is cut off after/);
    }
    await expect(readNir(await writeHdf5(group({ other: integer(1) })), 'a.nir')).rejects.toThrow(
      /has no group "node"/,
    );
  });
});

describe('HDF5', () => {
  it('gives values back as they were written', async () => {
    const data = Float32Array.from({ length: 3000 }, (_, i) => i / 7);
    const root = group({
      deep: group({ a: floats([3000], data), b: floats([50, 60], data) }),
      c: text('ü'),
      d: integers(1, -2),
    });
    const back = await readHdf5(await writeHdf5(root), 'a.h5');
    const deep = back.entries.get('deep');
    expect(deep?.kind === 'group' && deep.entries.get('b')).toEqual(floats([50, 60], data));
    expect(back.entries.get('c')).toEqual(text('ü'));
    expect(back.entries.get('d')).toEqual({ kind: 'numbers', shape: [2], data: Float64Array.of(1, -2) });
  });
});
