import { toInteger } from '@rheobase/converter';
import type { ImageBatch, Network, NetworkNode, NodeOf, Probe, Shape } from '@rheobase/network';
import {
  analogHead,
  float32Parameter,
  inferShapes,
  isSpiking,
  knownNeurons,
  networkBuilder,
  nodeOf,
  parameterOf,
  scalarParameter,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import type { RandomFeature, RandomSite, ReferenceSimulation } from '@rheobase/testing';
import {
  expectClose,
  imageFor,
  networkArbitrary,
  randomFeatures,
  referenceSimulate,
  spikeMargin,
  stepBiasAt,
  withRandomStepBiases,
} from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';
import { supportedNeurons } from './neuron-population.js';
import { anyNeuron, references } from './random-spiking.fixture.js';

const features = randomFeatures.filter((feature) => feature !== 'batchNorm');
/** Few features besides max poolings, so that every kind of window occurs often. */
const poolings: readonly RandomFeature[] = ['maxPool', 'unevenPadding', 'upsample'];
/** Few features besides poolings of single pixels and their readers, so that every combination occurs often. */
const extremes: readonly RandomFeature[] = [
  'avgPool',
  'dilatedConv',
  'stridedConv',
  'channelSplit',
  'subsample',
  'extremeGeometry',
];
/** As those above, a list that new features are not added to: the more `features` there are, the rarer is each. */
const blocks: readonly RandomFeature[] = ['groupedConv', 'stridedConv', 'residual'];
const networksOf = (site: RandomSite, more: readonly RandomFeature[] = []): fc.Arbitrary<Network> =>
  fc
    .oneof(
      { weight: 3, arbitrary: networkArbitrary({ site, features: [...features, ...more] }) },
      { weight: 4, arbitrary: networkArbitrary({ site, features: poolings }) },
      { weight: 4, arbitrary: networkArbitrary({ site, features: extremes }) },
      { weight: 1, arbitrary: networkArbitrary({ site, features: blocks }) },
    )
    .filter(isSpiking)
    .map((network) => (network.nodes.length % 3 > 0 ? network : withRandomStepBiases(network, network.nodes.length)));
/** Integers need one unit for all channels that a block is computed from. */
const floatNetworks = networksOf(anyNeuron(['layer', 'channel', 'neuron']), ['depthToSpace', 'gather', 'analogHead']);
const nearestOnly = ({ nodes }: Network): boolean =>
  !nodes.some((node) => node.op === 'upsample' && node.method === 'bilinear');
const integerNetworks = networksOf(anyNeuron(['layer', 'channel']), ['analogHead'])
  .filter(nearestOnly)
  .map((source) => toInteger(source, { inputMaximum: 4 }).network);

function batchFor(network: Network, images: readonly Float32Array[]): ImageBatch {
  const input = network.nodes.find((node) => node.op === 'input');
  const shape = input?.op === 'input' ? input.shape : [];
  const data = new Float32Array(images.length * sizeOf(shape));
  images.forEach((image, i) => data.set(image, i * sizeOf(shape)));
  return { shape: [images.length, ...shape], images: data };
}

const neuronsOf = (network: Network): readonly string[] =>
  network.nodes.flatMap((node) => (node.op === 'neuron' ? [node.name] : []));
const flat = (steps: readonly Float64Array[]): number[] => steps.flatMap((step) => [...step]);

/** The reference's spikes of one image, in the engine's form. */
function spikesOf({ spikes }: ReferenceSimulation): ReadonlyMap<string, Int8Array> {
  return new Map([...spikes].map(([name, steps]) => [name, Int8Array.from(flat(steps))]));
}

/** Names of the nodes whose values depend only on the image. */
function constantsOf({ nodes }: Network): ReadonlySet<string> {
  const constants = new Set<string>();
  for (const { op, name, inputs } of nodes) {
    if (op !== 'neuron' && inputs.every((input) => constants.has(input))) constants.add(name);
  }
  return constants;
}

function poolingPeculiarities({ size, stride, padding }: NodeOf<'maxPool'>, constant: boolean): readonly string[] {
  if (constant) return ['max pooling of constants'];
  return [
    'max pooling',
    ...(stride.some((step, axis) => step < (size[axis] ?? 1)) ? ['overlapping max pooling'] : []),
    ...(stride.some((step) => step > 1) ? ['strided max pooling'] : []),
    ...(Object.values(padding).some((amount) => amount > 0) ? ['padded max pooling'] : []),
  ];
}

/** The extreme properties of a node's windows. */
function extremesOf(node: NetworkNode, network: Network, shapes: ReadonlyMap<string, Shape>): readonly string[] {
  if (node.op !== 'conv2d' && node.op !== 'avgPool' && node.op !== 'maxPool') return [];
  const [height = 1, width = 1] = node.op === 'conv2d' ? parameterOf(network, node.weight).shape : node.size;
  const { stride, padding } = node;
  const [rows = 1, columns = 1] = shapeAt(shapes, node.inputs[0]);
  const [down, across] = node.op === 'conv2d' ? node.dilation : [1, 1];
  const { top, bottom, left, right } = padding;
  const wide = Math.max(top, bottom) >= height || Math.max(left, right) >= width;
  return [
    ...(rows === 1 || columns === 1 ? ['one row or column'] : []),
    ...(wide ? ['padding as wide as the window'] : []),
    ...(wide && node.op === 'avgPool' && height * width === 1 ? ['padded 1×1 pooling'] : []),
    ...(stride[0] > height || stride[1] > width ? ['stride above the window'] : []),
    ...(height > 1 && down >= rows ? ['dilation beyond the image'] : []),
    ...(width > 1 && across >= columns ? ['dilation beyond the image'] : []),
  ];
}

/** The properties of a network that engines tend to get wrong. */
function peculiaritiesOf(network: Network): readonly string[] {
  const shapes = inferShapes(network);
  const constants = constantsOf(network);
  const head = analogHead(network);
  return network.nodes.flatMap((node) => [
    ...(head.has(node.name) ? ['analog head'] : []),
    ...(node.op === 'add' ? ['residual'] : []),
    ...(node.op === 'conv2d' && node.stride.some((stride) => stride > 1) ? ['strided'] : []),
    ...(node.op === 'conv2d' && node.groups > 1 ? ['grouped'] : []),
    ...(node.op === 'conv2d' && (shapeAt(shapes, node.name).at(-1) ?? 0) % 2 === 1 ? ['odd channels'] : []),
    ...(node.op === 'maxPool' ? poolingPeculiarities(node, constants.has(node.name)) : []),
    ...(node.op === 'neuron' ? [node.neuron.kind] : []),
    ...(node.op === 'neuron' && node.stepBias !== undefined ? ['step bias'] : []),
    ...extremesOf(node, network, shapes),
  ]);
}

/** Counts how often each peculiarity and each T occurred. */
function census() {
  const networks = new Map<string, number>();
  const count = (what: string): void => void networks.set(what, (networks.get(what) ?? 0) + 1);
  return {
    note: (network: Network, steps: number): void => {
      for (const what of new Set(peculiaritiesOf(network))) count(what);
      count(`T = ${steps}`);
    },
    expectAll: (): void => {
      const wanted = [
        'residual',
        'strided',
        'grouped',
        'odd channels',
        'analog head',
        'step bias',
        'max pooling',
        'overlapping max pooling',
        'strided max pooling',
        'padded max pooling',
        'one row or column',
        'padding as wide as the window',
        'padded 1×1 pooling',
        'stride above the window',
        'dilation beyond the image',
        // A network has one coding; differential coding has tests of its own.
        ...supportedNeurons().filter((kind) => knownNeurons.get(kind).dynamics?.growth === undefined),
      ];
      // Without the networks that have all features, every count is about 30 or more: new features push none below this.
      for (const what of wanted) expect(networks.get(what) ?? 0, `networks with: ${what}`).toBeGreaterThan(15);
      for (let T = 1; T <= 16; T++) expect(networks.get(`T = ${T}`) ?? 0, `T = ${T}`).toBeGreaterThan(20);
    },
  };
}

function withSpikesWorthOne(network: Network): Network {
  return {
    ...network,
    nodes: network.nodes.map((node) => (node.op === 'neuron' ? { ...node, spikeValue: 'one' } : node)),
  };
}

/**
 * Compares every layer on the reference's input spikes. Counts the spikes up to a neuron's first difference, which must be within 1e-4·θ of the
 * threshold, and the neurons that differ.
 */
async function compareLayers(given: Network, seed: number, steps: number) {
  let [compared, differing] = [0, 0];
  const network = seed % 4 === 1 ? withSpikesWorthOne(given) : given;
  const frames = seed % 3 === 0 ? steps : undefined;
  const images = Array.from({ length: frames ?? 1 }, (_, t) => imageFor(network, seed + t));
  const imageAt = (t: number): Float32Array => images[t % images.length] ?? new Float32Array();
  const reference = referenceSimulate(network, imageAt, steps, references);
  const {
    images: values,
    shape: [, ...shape],
  } = batchFor(network, images);
  const engine = await eventEngine(network, seed % 2 === 0 ? {} : { tableBytes: 0 });
  const names = neuronsOf(network);
  const probes: readonly Probe[] = names.map((node) => ({ kind: 'spikes', node }));
  const { records, outputs } = engine.simulate(
    { images: values, shape: [1, ...shape], ...(frames !== undefined && { frames }) },
    {
      steps,
      probes,
      spikes: spikesOf(reference),
    },
  );
  names.forEach((name, k) => {
    const expected = reference.spikes.get(name) ?? [];
    const size = expected[0]?.length ?? 0;
    for (let i = 0; i < size; i++) {
      for (let t = 0; t < steps; t++) {
        compared += 1;
        if (records[k]?.data[t * size + i] === expected[t]?.[i]) continue;
        expect(spikeMargin(network, name, reference, t, i), `${name}, step ${t}, neuron ${i}`).toBeLessThan(1e-4);
        differing += 1;
        // From here on this neuron's potential differs.
        break;
      }
    }
  });
  for (const [name, { data }] of outputs) {
    expectClose(data, flat([...(reference.values.get(name) ?? [])]), { absolute: 1e-4, relative: 1e-4 });
  }
  return { compared, differing };
}

describe('eventEngine in float32', () => {
  it('gives the reference’s spikes at every layer of random networks on the reference’s own input spikes, but for those within 1e-4·θ of the threshold', async () => {
    let [compared, differing] = [0, 0];
    const met = census();
    await fc.assert(
      fc.asyncProperty(floatNetworks, fc.integer(), fc.integer({ min: 1, max: 16 }), async (network, seed, steps) => {
        met.note(network, steps);
        const counts = await compareLayers(network, seed, steps);
        compared += counts.compared;
        differing += counts.differing;
      }),
      { seed: 5, numRuns: 1000 },
    );
    met.expectAll();
    expect(compared).toBeGreaterThan(200_000);
    // Mostly ties: a neuron that receives only θ/(2T) reaches θ exactly.
    expect(differing).toBeLessThan(compared / 1000);
  }, 300_000);

  it('does so behind max poolings for more than 32 steps, of which they go on counting', async () => {
    const pooling = floatNetworks.filter((network) => peculiaritiesOf(network).includes('max pooling'));
    let [compared, differing] = [0, 0];
    for (const [seed, network] of fc.sample(pooling, { seed: 8, numRuns: 30 }).entries()) {
      const counts = await compareLayers(network, seed, 33 + seed);
      compared += counts.compared;
      differing += counts.differing;
    }
    expect(differing).toBeLessThanOrEqual(compared / 200);
  }, 30_000);
});

/** Networks whose only state between steps is potentials; a step bias begins anew in each run. */
const potentialsAlone = floatNetworks.filter(
  ({ nodes }) =>
    !nodes.some(
      (node) =>
        node.op === 'maxPool' ||
        (node.op === 'neuron' && (node.neuron.kind === 'compensating-if' || node.stepBias !== undefined)),
    ),
);

describe('eventEngine from given potentials', () => {
  it('goes on as though it had never stopped, for runs shorter and longer than a word', async () => {
    for (const [seed, network] of fc.sample(potentialsAlone, { seed: 31, numRuns: 12 }).entries()) {
      const engine = await eventEngine(network);
      const names = neuronsOf(network);
      const batch = batchFor(network, [imageFor(network, seed), imageFor(network, seed + 100)]);
      const spikes: readonly Probe[] = names.map((node) => ({ kind: 'spikes', node }));
      const rest: readonly Probe[] = names.map((node) => ({ kind: 'residual-potential', node }));
      const whole = engine.simulate(batch, { steps: 40, probes: spikes });
      const first = engine.simulate(batch, { steps: 3, probes: [...spikes, ...rest] });
      const potentials = new Map(
        names.map((name, k) => [name, Float32Array.from(first.records[names.length + k]?.data ?? [])]),
      );
      const then = engine.simulate(batch, { steps: 37, probes: spikes, potentials });
      names.forEach((_, k) => {
        const parts = [first, then].flatMap(({ records }) => [...(records[k]?.data ?? [])]);
        expect(parts).toEqual([...(whole.records[k]?.data ?? [])]);
      });
    }
  });

  it('keeps neurons silent that start at −∞', async () => {
    const [network = { nodes: [], parameters: new Map(), metadata: {} }] = fc.sample(floatNetworks, {
      seed: 7,
      numRuns: 1,
    });
    const shapes = inferShapes(network);
    const names = neuronsOf(network);
    const engine = await eventEngine(network);
    const { records } = engine.simulate(batchFor(network, [imageFor(network, 1)]), {
      steps: 5,
      probes: names.map((node) => ({ kind: 'spike-count', node })),
      potentials: new Map(names.map((name) => [name, new Float32Array(sizeOf(shapeAt(shapes, name))).fill(-Infinity)])),
    });
    const positive = records.flatMap(({ data }) => [...data]).filter((count) => count > 0);
    expect(positive).toEqual([]);
  });

  it('refuses potentials that fit no neuron, and those of integer networks', async () => {
    const network = rateNetwork();
    const engine = await eventEngine(network);
    const batch = { shape: [1, 2], images: Float32Array.from([1, 2]) };
    const from = (node: string, count: number) => ({
      steps: 2,
      potentials: new Map([[node, new Float32Array(count)]]),
    });
    expect(() => engine.simulate(batch, from('out', 2))).toThrow(
      /out: potentials are given for it, but it is not a neuron/,
    );
    expect(() => engine.simulate(batch, from('cells', 1))).toThrow(/1 potentials are given for it where .* = 2/);
    const whole = await eventEngine(toInteger(network, { inputMaximum: 4 }).network);
    expect(() => whole.simulate(batch, from('cells', 2))).toThrow(/integers/);
  });
});

/** Two neurons after two weights. */
function rateNetwork(): Network {
  const build = networkBuilder();
  const weight = float32Parameter('weight', [2, 2], [1, 0, 0, 1]);
  const parameters = {
    threshold: scalarParameter('threshold', 1),
    initialPotential: scalarParameter('initialPotential', 0.5),
  };
  const cells = build.neuron('cells', build.dense('dense', build.input('x', [2]), { weight }), {
    kind: 'if',
    parameters,
  });
  build.output('out', cells);
  return build.build();
}

describe('eventEngine on frames', () => {
  it('refuses frames that are not as many as the steps, or values that are not as many as frames', async () => {
    const engine = await eventEngine(rateNetwork());
    const images = Float32Array.from([1, 2, 3, 4]);
    expect(() => engine.simulate({ shape: [1, 2], images, frames: 2 }, { steps: 3 })).toThrow(
      /x: it was given 2 frames.*3 steps/,
    );
    expect(() => engine.simulate({ shape: [1, 2], images, frames: 3 }, { steps: 3 })).toThrow(
      /with 4 values in 3 frames/,
    );
    images[3] = Number.NaN;
    expect(() => engine.simulate({ shape: [1, 2], images, frames: 2 }, { steps: 2 })).toThrow(
      /image 0 of this input holds NaN/,
    );
  });
});

describe('eventEngine in integers', () => {
  it('agrees with the reference in every bit on random networks: spikes, potentials, currents and outputs', async () => {
    const met = census();
    await fc.assert(
      fc.asyncProperty(integerNetworks, fc.integer(), fc.integer({ min: 1, max: 16 }), async (network, seed, steps) => {
        met.note(network, steps);
        const images = [imageFor(network, seed), imageFor(network, seed + 1)];
        const engine = await eventEngine(network, seed % 2 === 0 ? {} : { tableBytes: 0 });
        expect(engine.precision).toBe('int8');
        const names = neuronsOf(network);
        const probes = names.flatMap((node): readonly Probe[] => [
          { kind: 'spikes', node },
          { kind: 'residual-potential', node },
          { kind: 'mean-input', node },
        ]);
        const { records, outputs } = engine.simulate(batchFor(network, images), { steps, probes });
        const plain = engine.simulate(batchFor(network, images), { steps });
        expect(plain.outputs).toEqual(outputs);
        images.forEach((image, n) => {
          const reference = referenceSimulate(network, image, steps);
          const of = <Data extends Int8Array | Float32Array>(data: Data, size: number, t = 0): number[] => [
            ...data.subarray((t * images.length + n) * size, (t * images.length + n + 1) * size),
          ];
          names.forEach((name, k) => {
            const size = sizeOf(shapeAt(inferShapes(network), name));
            const [spikes, potentials, inputs] = [0, 1, 2].map((j) => records[3 * k + j]?.data);
            if (
              !(spikes instanceof Int8Array && potentials instanceof Float32Array && inputs instanceof Float32Array)
            ) {
              throw new Error('A record is missing.');
            }
            const expected = reference.spikes.get(name) ?? [];
            for (let t = 0; t < steps; t++)
              expect(of(spikes, size, t).map((s) => s + 0)).toEqual([...(expected[t] ?? [])].map((s) => s + 0));
            expect(of(potentials, size)).toEqual([...(reference.potentials.get(name)?.at(-1) ?? [])].map(Math.fround));
            const node = nodeOf(network, name);
            const currents = reference.values.get(node.inputs[0] ?? '') ?? [];
            const biasAt = (t: number, i: number) => (node.op === 'neuron' ? stepBiasAt(node, network, t, i) : 0);
            const mean = of(inputs, size).map((_, i) =>
              Math.fround(currents.reduce((sum, now, t) => sum + (now[i] ?? 0) + biasAt(t, i), 0) / steps),
            );
            expect(of(inputs, size).map((x) => x + 0)).toEqual(mean.map((x) => x + 0));
          });
          for (const [name, { data, shape }] of outputs) {
            const size = sizeOf(shape.slice(2));
            const expected = reference.values.get(name) ?? [];
            for (let t = 0; t < steps; t++) {
              // The analog head is in floating point, and adds in another order.
              if (analogHead(network).has(name)) {
                expectClose(of(data, size, t), [...(expected[t] ?? [])], { absolute: 1e-6, relative: 1e-6 });
                continue;
              }
              expect(of(data, size, t).map((x) => x + 0)).toEqual(
                [...(expected[t] ?? [])].map((x) => Math.fround(x) + 0),
              );
            }
          }
        });
      }),
      { seed: 6, numRuns: 1000 },
    );
    met.expectAll();
  }, 300_000);
});

describe('eventEngine', () => {
  it('goes on after 32 steps where it was: the same outputs and potentials as the reference after 71', async () => {
    const pooling = integerNetworks.filter((network) => peculiaritiesOf(network).includes('max pooling'));
    const networks = [integerNetworks, pooling].flatMap((some) => fc.sample(some, { seed: 3, numRuns: 5 }));
    for (const network of networks) {
      const image = imageFor(network, 4);
      const engine = await eventEngine(network);
      const probes = neuronsOf(network).map((node): Probe => ({ kind: 'residual-potential', node }));
      const { outputs, records } = engine.simulate(batchFor(network, [image, image]), { steps: 71, probes });
      const reference = referenceSimulate(network, image, 71);
      for (const [name, { data }] of outputs) {
        const expected = (reference.values.get(name) ?? []).flatMap((step) => [...step, ...step]);
        expect([...data].map((x) => x + 0)).toEqual(expected.map((x) => Math.fround(x) + 0));
      }
      for (const { probe, data } of records) {
        const last = [...(reference.potentials.get(probe.node)?.at(-1) ?? [])];
        expect([...data]).toEqual([...last, ...last].map(Math.fround));
      }
    }
  });

  it('remembers from one part of a run to the next how many spikes there are to take back', async () => {
    const build = networkBuilder();
    const dense = (name: string, input: string, weight: number) =>
      build.dense(name, input, { weight: float32Parameter('weight', [1, 1], [weight]) });
    const neuron = (name: string, kind: string, input: string, theta: number) =>
      build.neuron(name, input, {
        kind,
        parameters: {
          threshold: scalarParameter('threshold', theta),
          initialPotential: scalarParameter('initialPotential', 0.5),
        },
      });
    // A spike every eighth step from the fourth on, until the inhibition of step 34 takes back the four of the first word, one per step.
    const x = build.input('x', [1]);
    const late = neuron('late', 'if', dense('slow', x, 1 / 64), 1 + 1 / 32);
    const inputs = [dense('excitation', x, 1 / 8), dense('inhibition', late, -8)];
    const cell = build.node({ op: 'add', name: 'current', inputs });
    build.output('out', neuron('cell', 'compensating-if', cell, 1));
    const network = build.build();
    const engine = await eventEngine(network);
    const image = Float32Array.from([1]);
    const { records } = engine.simulate(
      { shape: [1, 1], images: image },
      { steps: 71, probes: [{ kind: 'spikes', node: 'cell' }] },
    );
    const reference = referenceSimulate(network, image, 71, references);
    const expected = (reference.spikes.get('cell') ?? []).map(([spike]) => (spike ?? 0) + 0);
    expect([...(records[0]?.data ?? [])]).toEqual(expected);
    expect(expected.flatMap((spike, t) => (spike < 0 ? [t + 1] : []))).toEqual([34, 35, 36, 37]);
  });

  it('refuses neurons and nodes that have no kernel, with their names', async () => {
    const builder = networkBuilder();
    const x = builder.input('x', [4, 4, 2]);
    const statistic = (value: number) => float32Parameter('statistic', [2], [value, value]);
    const norm = builder.batchNorm('norm', x, {
      scale: statistic(1),
      offset: statistic(0),
      mean: statistic(0),
      variance: statistic(1),
      epsilon: 1e-5,
    });
    const parameters = {
      threshold: scalarParameter('threshold', 1),
      initialPotential: scalarParameter('initialPotential', 0),
    };
    builder.output('out', builder.neuron('cell', norm, { kind: 'if', parameters }));
    await expect(eventEngine(builder.build())).rejects.toThrow(
      /^norm: the event engine cannot run it: no kernel for 'batchNorm'; fold it/,
    );

    const cell = (kind: string, neurons = knownNeurons) => {
      const other = networkBuilder();
      other.output('out', other.neuron('mine', other.input('y', [3]), { kind, parameters }));
      return eventEngine(other.build(), { neurons });
    };
    await expect(cell('izhikevich')).rejects.toThrow(/^mine: There is no neuron 'izhikevich'\. Known: .*\bif\b/);
    const undescribed = {
      kind: 'resonator',
      summary: '',
      parameters: knownNeurons.get('if').parameters,
      attributes: {},
    };
    await expect(cell('resonator', knownNeurons.with(['resonator', undescribed]))).rejects.toThrow(
      /^mine: .*neuron 'resonator' has a custom step, for which there is no kernel; it runs on tfjs\. .*: if, /,
    );
  });

  it('refuses batches, steps and probes that do not fit, naming what is wrong', async () => {
    const [network = { nodes: [], parameters: new Map(), metadata: {} }] = fc.sample(floatNetworks, {
      seed: 3,
      numRuns: 1,
    });
    const engine = await eventEngine(network);
    const batch = batchFor(network, [imageFor(network, 1)]);
    expect(() => engine.simulate({ shape: [1, 2], images: new Float32Array(2) }, { steps: 1 })).toThrow(
      /image: this input takes batches \[N, /,
    );
    expect(() => engine.simulate({ other: batch }, { steps: 1 })).toThrow(/image: this input was given no batch/);
    expect(() => engine.simulate(batch, { steps: 0 })).toThrow(/at least 1, not 0/);
    expect(() => engine.simulate(batch, { steps: 1, probes: [{ kind: 'spikes', node: 'image' }] })).toThrow(
      /image: a 'spikes' probe needs a neuron, but this is a input/,
    );
    expect(() => engine.simulate(batch, { steps: 1, probes: [{ kind: 'spikes', node: 'imag' }] })).toThrow(
      /imag: .*no such node/,
    );
  });

  it('needs no more memory after a thousand batches than after the first', async () => {
    const [network = { nodes: [], parameters: new Map(), metadata: {} }] = fc.sample(floatNetworks, {
      seed: 3,
      numRuns: 1,
    });
    const engine = await eventEngine(network);
    const batch = batchFor(network, [imageFor(network, 1)]);
    engine.simulate(batch, { steps: 4 });
    const before = engine.memoryBytes;
    for (let i = 0; i < 1000; i++) engine.simulate(batch, { steps: 4 });
    expect(engine.memoryBytes).toBe(before);
  });
});
