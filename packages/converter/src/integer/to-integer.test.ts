import type { Network, NetworkNode, Parameter } from '@rheobase/network';
import {
  analogHead,
  broadcast,
  constantParameter,
  decodeNetwork,
  encodeNetwork,
  float32Parameter,
  indicesParameter,
  inferShapes,
  integerBounds,
  integerProblems,
  isIntegerNetwork,
  networkBuilder,
  NetworkError,
  nodeOf,
  parameterOf,
  parametersUsedBy,
  scalarParameter,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import {
  builtInNeurons,
  expectClose,
  imageFor,
  networkArbitrary,
  neuronSite,
  randomArray,
  randomFeatures,
  referenceForward,
  referenceSimulate,
} from '@rheobase/testing';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { describeInput, formatIntegerReport } from './integer-report.js';
import { type IntegerConversion, toInteger } from './to-integer.js';

const last = (steps: readonly Float64Array[] | undefined): Float64Array => steps?.at(-1) ?? new Float64Array();

/** Every kind that has an integer rule. */
const site = neuronSite(builtInNeurons, ['layer', 'channel']);

const nearestOnly = ({ nodes }: Network): boolean =>
  !nodes.some((node) => node.op === 'upsample' && node.method === 'bilinear') &&
  nodes.some(({ op }) => op === 'neuron');
const networks = networkArbitrary({ site, features: randomFeatures.filter((f) => f !== 'batchNorm') }).filter(
  nearestOnly,
);

const headed = networkArbitrary({
  site,
  features: [...randomFeatures.filter((f) => f !== 'batchNorm'), 'analogHead'],
}).filter((network) => nearestOnly(network) && analogHead(network).size > 0);

/** With constants for each channel, which any layer can take in. */
const scaledNetworks = networkArbitrary({
  site,
  features: [...randomFeatures.filter((f) => f !== 'batchNorm'), 'scale'],
}).filter(
  (network) =>
    nearestOnly(network) &&
    network.nodes.some(({ op }) => op === 'scale') &&
    network.nodes.every((node) => node.op !== 'scale' || parameterOf(network, node.factor).shape.length < 3),
);

const unitNeuron = () => ({
  kind: 'if',
  parameters: { threshold: scalarParameter('threshold', 1), initialPotential: scalarParameter('initialPotential', 0) },
});

/** The network cut at its neurons: each is an input, and its current an output named after it. */
function cutAtNeurons(network: Network): Network {
  const shapes = inferShapes(network);
  const nodes = network.nodes.flatMap((node): readonly NetworkNode[] => {
    if (node.op === 'output') return [];
    if (node.op !== 'neuron') return [node];
    return [
      { op: 'output', name: `current of ${node.name}`, inputs: node.inputs },
      { op: 'input', name: node.name, inputs: [], shape: shapeAt(shapes, node.name) },
    ];
  });
  return { ...network, nodes };
}

describe('toInteger', () => {
  it('gives a network of integers within their bounds, which a file keeps as it is', () => {
    fc.assert(
      fc.property(networks, fc.integer(), (network, seed) => {
        const { network: integer } = toInteger(network, { inputMaximum: 4 });
        expect(integerProblems(integer)).toEqual([]);
        expect(isIntegerNetwork(integer)).toBe(true);
        expect(decodeNetwork(encodeNetwork(integer), 'test')).toEqual(integer);
        const bounds = integerBounds(integer);
        const { values } = referenceSimulate(integer, imageFor(network, seed), 3);
        const shapes = inferShapes(integer);
        const real = new Set(
          integer.nodes.flatMap((node) => (node.op === 'output' ? [node.name, ...node.inputs] : [])),
        );
        for (const node of integer.nodes) {
          if (node.op === 'input' || real.has(node.name)) continue;
          const { least, greatest } = bounds.get(node.name) ?? { least: [], greatest: [] };
          const channels = shapeAt(shapes, node.name).at(-1) ?? 1;
          const isRight = (value: number, i: number): boolean =>
            Number.isInteger(value) &&
            value >= (least[i % channels] ?? Number.NaN) &&
            value <= (greatest[i % channels] ?? Number.NaN);
          for (const step of values.get(node.name) ?? [])
            expect(step.findIndex((value, i) => !isRight(value, i))).toBe(-1);
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('takes constants that values are multiplied by into their units, and multiplies by their signs alone', () => {
    const builder = networkBuilder();
    const factor = builder.parameter('factor', float32Parameter('scale', [4], [0.3, -2, 0, 1]));
    const scaled = builder.node({ op: 'scale', name: 'scaled', inputs: [builder.input('x', [4])], factor });
    const weight = constantParameter('weight', [4, 1], 1);
    builder.output('y', builder.dense('dense', builder.neuron('cells', scaled, unitNeuron()), { weight }));
    const { network, currentUnits } = toInteger(builder.build(), { inputMaximum: 1 });
    const own = nodeOf(network, 'scaled');
    expect([...(own.op === 'scale' ? parameterOf(network, own.factor).data : [])]).toEqual([1, -1, 0, 1]);
    const [first = 0, second = 0] = currentUnits.get('cells') ?? [];
    expect(second / first).toBeCloseTo(2 / 0.3);
  });

  it('moves spikes of one θ from channels to pixels, and refuses to where each channel has its own', () => {
    const withThreshold = (threshold: readonly number[]) => {
      const builder = networkBuilder();
      const cells = builder.neuron('cells', builder.input('x', [1, 1, 4]), {
        kind: 'if',
        parameters: {
          threshold: float32Parameter('threshold', [threshold.length], Float32Array.from(threshold)),
          initialPotential: scalarParameter('initialPotential', 0),
        },
      });
      const pixels = builder.node({ op: 'depthToSpace', name: 'pixels', inputs: [cells], block: 2 });
      const weight = float32Parameter('weight', [2, 2, 1, 1], Float32Array.of(1, 2, -1, 0.5));
      builder.output('y', builder.conv2d('conv', pixels, { weight }));
      return builder.build();
    };
    const source = withThreshold([1, 1, 1, 1]);
    const outputs = [source, toInteger(source, { inputMaximum: 4 }).network].map(
      (network) => referenceSimulate(network, [0.5, 0.75, 1, 0.25], 4).values.get('y')?.at(-1)?.[0] ?? Number.NaN,
    );
    expect(Math.abs((outputs[0] ?? 0) - (outputs[1] ?? 0))).toBeLessThan(0.02);
    expect(() => toInteger(withThreshold([1, 2, 3, 4]), { inputMaximum: 4 })).toThrow(
      /^conv: \(conv2d\) it reads 'pixels', whose θ, or the scale/,
    );
  });

  it('gathers spikes with the units of their channels, zeros with that of their channel, and refuses to mix θ in a layer', () => {
    const withThreshold = (threshold: readonly number[], indices: readonly number[]) => {
      const builder = networkBuilder();
      const cells = builder.neuron('cells', builder.input('x', [1, 2, 2]), {
        kind: 'if',
        parameters: {
          threshold: float32Parameter('threshold', [threshold.length], Float32Array.from(threshold)),
          initialPotential: scalarParameter('initialPotential', 0),
        },
      });
      const places = builder.parameter('places', indicesParameter([2, 1, 2], indices));
      const gathered = builder.node({ op: 'gather', name: 'gathered', inputs: [cells], indices: places });
      const weight = float32Parameter('weight', [2, 1, 2, 1], Float32Array.of(1, 2, -1, 0.5));
      builder.output('y', builder.conv2d('conv', gathered, { weight }));
      builder.output('taken', gathered);
      return builder.build();
    };
    const kept = withThreshold([1, 2], [2, 3, -1, 1]);
    const read = (network: Network, output: string): readonly number[] => [
      ...(referenceSimulate(network, [0.5, 0.75, 1, 1.5], 8).values.get(output)?.at(-1) ?? []),
    ];
    const integer = toInteger(kept, { inputMaximum: 4 }).network;
    for (const output of ['y', 'taken']) expectClose(read(integer, output), read(kept, output), { absolute: 0.02 });
    expect(integer.parameters.get('places')).toBe(kept.parameters.get('places'));
    expect(() => toInteger(withThreshold([1, 2], [0, 1, 1, 0]), { inputMaximum: 4 })).toThrow(
      /^conv: \(conv2d\) it reads 'gathered', whose θ/,
    );
  });

  it('leaves the analog head in float32, which reads real numbers and inputs as they are', () => {
    fc.assert(
      fc.property(headed, (network) => {
        const { network: integer } = toInteger(network, { inputMaximum: 1 });
        const head = analogHead(network);
        expect([...analogHead(integer)]).toEqual([...head]);
        for (const node of network.nodes.filter(({ name }) => head.has(name))) {
          const own = nodeOf(integer, node.name);
          expect({ ...own, inputs: node.inputs }).toEqual(node);
          for (const name of parametersUsedBy(node))
            expect(parameterOf(integer, name)).toBe(parameterOf(network, name));
          node.inputs.forEach((name, i) => {
            const now = nodeOf(integer, own.inputs[i] ?? '');
            if (head.has(name) || nodeOf(network, name).op === 'input') expect(now.name).toBe(name);
            else expect(now.op === 'scale' && parameterOf(integer, now.factor).type).toBe('float32');
          });
        }
      }),
      { numRuns: 40, seed: 11 },
    );
  });

  it.each([
    ['any network', networks, 0.025],
    // A shortcut from an image of twice the range has half the levels in the units of spikes.
    ['a network that multiplies by constants', scaledNetworks, 0.05],
  ])(
    'gives every neuron of %s the current that the source network gives it for the same spikes, but for rounding',
    (_, of, tolerance) => {
      fc.assert(
        fc.property(of, fc.integer(), (network, seed) => {
          const image = imageFor(network, seed);
          const { network: integer, currentUnits } = toInteger(network, { inputMaximum: 1 });
          const { spikes, values } = referenceSimulate(integer, image, 2);
          const cut = cutAtNeurons(network);
          const shapes = inferShapes(network);
          // A max pooling's value depends on earlier steps, which the network cut at its neurons does not have.
          const times = network.nodes.some(({ op }) => op === 'maxPool') ? [0] : [0, 1];
          for (const t of times) {
            const given = new Map<string, Float64Array>();
            for (const node of network.nodes) {
              if (node.op === 'input') given.set(node.name, Float64Array.from(image));
              if (node.op !== 'neuron') continue;
              const theta = broadcast(
                parameterOf(network, node.neuron.parameters['threshold'] ?? ''),
                shapeAt(inferShapes(network), node.name),
              );
              given.set(
                node.name,
                (spikes.get(node.name)?.[t] ?? new Float64Array()).map((s, i) => s * (theta[i] ?? 0)),
              );
            }
            const currents = referenceForward(cut, given);
            for (const node of network.nodes) {
              if (node.op !== 'neuron') continue;
              const [unit, theta] = [
                currentUnits.get(node.name),
                parameterOf(network, node.neuron.parameters['threshold'] ?? '').data,
              ];
              const whole = integer.nodes.find(({ name }) => name === node.name);
              const now = values.get(whole?.inputs[0] ?? '')?.[t] ?? new Float64Array();
              const wanted = currents.get(node.inputs[0]) ?? new Float64Array();
              expect(now.length).toBe(sizeOf(shapeAt(shapes, node.name)));
              const greatest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), Math.max(...theta));
              const errors = now.map((value, i) =>
                Math.abs(value * (unit?.[i % unit.length] ?? Number.NaN) - (wanted[i] ?? 0)),
              );
              expect(Math.max(...errors)).toBeLessThan(tolerance * greatest);
            }
          }
        }),
        { numRuns: 40, seed: 2 },
      );
    },
  );

  it('gives the same spikes where rounding changes nothing', () => {
    const build = networkBuilder();
    const image = build.input('image', [5, 5, 2]);
    const random = xoroshiro128plus(3);
    // Weights that are multiples of 1/127 of the greatest, and images that are multiples of the input step.
    const levels = (count: number) =>
      randomArray(random, [count], -1, 1).map((x, i) => (i % 3 === 0 ? 127 : Math.round(127 * x)) / 64);
    const half = (channels: number) => ({
      threshold: constantParameter('threshold', [channels], 2),
      initialPotential: constantParameter('initialPotential', [channels], 1),
    });
    const one = { stride: [1, 1], padding: { top: 1, bottom: 1, left: 1, right: 1 } } as const;
    const conv1 = build.conv2d('conv1', image, {
      weight: float32Parameter('weight', [1, 1, 2, 3], levels(6)),
    });
    const if1 = build.neuron('if1', conv1, { kind: 'if', parameters: half(3) });
    const conv2 = build.conv2d('conv2', if1, {
      weight: float32Parameter(
        'weight',
        [3, 3, 3, 3],
        levels(81).map((w) => w / 2),
      ),
      bias: float32Parameter('bias', [3], [0.25, -0.5, 0]),
      ...one,
    });
    const sum = build.node({ op: 'add', name: 'sum', inputs: [conv2, if1] });
    const if2 = build.neuron('if2', sum, { kind: 'if', parameters: half(3) });
    const pool = build.node({ op: 'globalAvgPool', name: 'pool', inputs: [if2] });
    build.output('scores', build.dense('head', pool, { weight: float32Parameter('weight', [3, 4], levels(12)) }));
    const network = build.build();

    const pixels = randomArray(random, [50], -1, 1).map((x) => Math.round(1023 * x));
    const { network: integer, report } = toInteger(network, { inputMaximum: 1023 / 256 });
    const wanted = referenceSimulate(
      network,
      pixels.map((k) => k / 256),
      6,
    );
    const found = referenceSimulate(
      integer,
      pixels.map((k) => k / 256),
      6,
    );
    for (const site of ['if1', 'if2']) expect(found.spikes.get(site)).toEqual(wanted.spikes.get(site));
    const [scores, same] = [found.values.get('scores')?.[5] ?? [], wanted.values.get('scores')?.[5] ?? []];
    scores.forEach((score, i) => expect(score).toBeCloseTo(same[i] ?? Number.NaN, 5));
    expect(report.layers.map(({ node, weights, clipped }) => [node, weights, clipped])).toEqual([
      ['conv1', 'int16', 0],
      ['conv2', 'int8', 0],
      ['head', 'int8', 0],
    ]);
    // θ is an even number of units, so that θ and V(0) = θ/2 are exact.
    const [theta, initial] = ['if2.threshold', 'if2.initialPotential'].map((name) => [
      ...parameterOf(integer, name).data,
    ]);
    expect(theta?.map((value) => value / 2)).toEqual(initial);
    expect(integer.nodes.find(({ name }) => name === 'sum')?.inputs).toEqual(['conv2', 'sum.if1']);
  });

  it('puts a correction into the bias of the layer before a current', () => {
    const network = twoLayers({ threshold: scalarParameter('threshold', 1) });
    const plain = toInteger(network, { inputMaximum: 4 });
    const corrected = toInteger(network, {
      inputMaximum: 4,
      correction: new Map([['if', Float64Array.of(0.1, -0.2)]]),
    });
    const unit = corrected.currentUnits.get('if') ?? [];
    expect([...parameterOf(corrected.network, 'conv.bias').data]).toEqual([
      Math.floor(0.1 / (unit[0] ?? 0) + 0.5),
      Math.floor(-0.2 / (unit[1] ?? 0) + 0.5),
    ]);
    expect(plain.network.parameters.has('conv.bias')).toBe(false);
  });

  it('takes a θ of each neuron into the weights after a flatten, and refuses it before a convolution', () => {
    const byNeuron = float32Parameter('threshold', [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
    const flat = toInteger(twoLayers({ threshold: byNeuron }), { inputMaximum: 4 }).network;
    const weights = parameterOf(flat, 'head.weight').data;
    expect(weights[7]).toBe(127);
    expect(weights[0]).toBe(Math.floor(127 / 8 + 0.5));
    expect(() => toInteger(twoLayers({ threshold: byNeuron }, 'convolution'), { inputMaximum: 4 })).toThrow(
      /^second: \(conv2d\) it reads 'if', whose θ, or the scale of the weights it comes from, differs between positions/,
    );
  });

  it('names every node that has no integer rule', () => {
    const build = networkBuilder();
    const image = build.input('image', [2, 2, 2]);
    const big = build.node({ op: 'upsample', name: 'big', inputs: [image], factor: [2, 2], method: 'bilinear' });
    const odd = build.neuron('odd', big, {
      kind: 'resonator',
      parameters: { threshold: scalarParameter('threshold', 1) },
    });
    build.output('out', build.activation('relu', odd, { kind: 'relu' }));
    expect(() => toInteger(build.build(), { inputMaximum: 4 })).toThrow(NetworkError);
    expect(() => toInteger(build.build(), { inputMaximum: 4 })).toThrow(
      /big: .*nearest\nodd: .*'resonator'.*signed-if.*\nrelu: .*toSpiking/,
    );
  });

  it('holds each channel of an input where it is told to, says why, and never assumes it', () => {
    const build = networkBuilder();
    const conv = build.conv2d('conv', build.input('image', [1, 1, 3]), {
      weight: constantParameter('weight', [1, 1, 3, 1], 1),
    });
    build.output('y', conv);
    const network = build.build();
    // What untyped callers may pass.
    const untyped = toInteger as (given: Network, options?: object) => IntegerConversion;
    expect(() => untyped(network)).toThrow(/how far inputs reach: pass inputMaximum.*255 for raw pixels/);
    expect(() => untyped(network, {})).toThrow(/pass inputMaximum/);
    const told = { maximum: [1, 2, 255], source: 'the data sheet', clipped: 0.25 };
    const { network: integer, report } = toInteger(network, { inputMaximum: told });
    const y = last(referenceSimulate(integer, Float32Array.of(-1, 2, 300), 1).values.get('y'))[0] ?? Number.NaN;
    expect(y / 256).toBeCloseTo(1, 3);
    expect(formatIntegerReport(report)).toContain('image: inputs clipped to ±1 … 255 (the data sheet; 25 % clipped)');
    const { report: given } = toInteger(network, { inputMaximum: 3 });
    expect(given.inputs.map(describeInput)).toEqual([
      'inputs clipped to ±3 (given as a number; what lies beyond is clipped)',
    ]);
    expect(() => toInteger(network, { inputMaximum: { ...told, maximum: [1, 2] } })).toThrow(
      /image: it has 3 channels/,
    );
  });

  it('refuses options out of range, and corrections that have no place', () => {
    const network = twoLayers({ threshold: scalarParameter('threshold', 1) });
    expect(() => toInteger(network, { inputMaximum: 0 })).toThrow(/inputMaximum must be .* not 0/);
    expect(() => toInteger(network, { inputMaximum: { maximum: [1, -1], source: '' } })).toThrow(
      /inputMaximum must .* -1/,
    );
    expect(() => toInteger(network, { inputMaximum: 4, weightRange: 1.5 })).toThrow(/weightRange must be .* not 1.5/);
    const correcting =
      (name: string, ...values: number[]) =>
      () =>
        toInteger(network, { inputMaximum: 4, correction: new Map([[name, Float64Array.from(values)]]) });
    expect(correcting('iff', 1, 1)).toThrow(/Did you mean 'if'\?/);
    expect(correcting('if', 1)).toThrow(/'if' must be 2 finite numbers/);
    expect(toInteger(network, { inputMaximum: 4, weightRange: 0.5 }).report.layers[1]?.clipped).toBeGreaterThanOrEqual(
      0,
    );
  });
});

/** conv → if → flatten → dense, or conv → if → conv; 2×2 pixels of 2 channels, all weights 1. */
function twoLayers(parameters: { readonly threshold: Parameter }, second: 'dense' | 'convolution' = 'dense'): Network {
  const build = networkBuilder();
  const image = build.input('image', [2, 2, 2]);
  const weight = constantParameter('weight', [1, 1, 2, 2], 1);
  const conv = build.conv2d('conv', image, { weight });
  const site = build.neuron('if', conv, {
    kind: 'if',
    parameters: { ...parameters, initialPotential: scalarParameter('initialPotential', 0.5) },
  });
  if (second === 'convolution') build.output('out', build.conv2d('second', site, { weight }));
  else {
    const flat = build.node({ op: 'flatten', name: 'flat', inputs: [site] });
    build.output('out', build.dense('head', flat, { weight: constantParameter('weight', [8, 1], 1) }));
  }
  return build.build();
}
