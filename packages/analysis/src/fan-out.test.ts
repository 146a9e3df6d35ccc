import type { Network } from '@rheobase/network';
import {
  constantParameter,
  inferShapes,
  networkBuilder,
  noPadding,
  scalarParameter,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import type { RandomFeature } from '@rheobase/testing';
import { convertibleFeatures, expectClose, integrateAndFireSite, networkArbitrary } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Multiplicity } from './brute-force.fixture.js';
import { multiplicityOf } from './brute-force.fixture.js';
import { energyOf } from './energy.js';
import { fanOutOf } from './fan-out.js';
import { macsOf } from './macs.js';

const neuron = () => ({
  kind: 'if',
  parameters: {
    threshold: scalarParameter('threshold', 1),
    initialPotential: scalarParameter('initialPotential', 0.5),
  },
});
const kernel = (height: number, width: number, from: number, to: number) => ({
  weight: constantParameter('weight', [height, width, from, to], 1),
});

/** Whether some neuron lies behind a node, by following every reader. */
function hasNeuronBehind(network: Network, name: string): boolean {
  return network.nodes.some(
    (node) =>
      node.inputs.some((input) => input === name) && (node.op === 'neuron' || hasNeuronBehind(network, node.name)),
  );
}

/** Pokes one neuron and follows its spike forwards, counting every arrival. */
function poke(network: Network, edges: ReadonlyMap<string, Multiplicity>, source: string, element: number) {
  const shapes = inferShapes(network);
  const arrived = new Map<string, Float64Array>();
  const cost = { hidden: 0, readOut: 0 };
  for (const node of network.nodes) {
    const paths = new Float64Array(sizeOf(shapeAt(shapes, node.name)));
    if (node.name === source) paths[element] = 1;
    else if (node.op === 'neuron' || node.op === 'output') {
      const count = (arrived.get(node.inputs[0]) ?? paths).reduce((sum, x) => sum + x, 0);
      cost[node.op === 'neuron' ? 'hidden' : 'readOut'] += count;
    } else {
      edges.get(node.name)?.forEach((slots, to) => {
        slots.forEach((sources, slot) => {
          const from = arrived.get(node.inputs[slot] ?? '');
          sources.forEach((times, i) => {
            paths[to] = (paths[to] ?? 0) + times * (from?.[i] ?? 0);
          });
        });
      });
      if (node.op === 'conv2d' || node.op === 'dense') {
        cost[hasNeuronBehind(network, node.name) ? 'hidden' : 'readOut'] += paths.reduce((sum, x) => sum + x, 0);
        paths.fill(0);
      }
    }
    arrived.set(node.name, paths);
  }
  return cost;
}

describe('fanOutOf', () => {
  it('equals what following each spike by brute force counts, on random networks', () => {
    const features: readonly RandomFeature[] = [
      ...convertibleFeatures.filter((feature) => feature !== 'batchNorm'),
      'depthToSpace',
      'gather',
    ];
    fc.assert(
      fc.property(networkArbitrary({ site: integrateAndFireSite, features }), fc.nat(), (network, seed) => {
        const shapes = inferShapes(network);
        const { hidden, readOut } = fanOutOf(network);
        const neurons = network.nodes.filter(({ op }) => op === 'neuron');
        expect([...hidden.keys()]).toEqual(neurons.map(({ name }) => name));
        const edges = new Map(
          network.nodes
            .filter(({ op }) => op !== 'input' && op !== 'neuron' && op !== 'output')
            .map((node) => [node.name, multiplicityOf(network, node, shapes)]),
        );
        for (const { name } of neurons) {
          const inner = hidden.get(name) ?? new Float32Array();
          // A handful of neurons of each layer: corners, and some that the seed picks.
          const size = inner.length;
          for (const i of new Set([0, size - 1, seed % size, (seed * 7 + 3) % size])) {
            expect([name, i, { hidden: inner[i], readOut: readOut.get(name)?.[i] }]).toEqual([
              name,
              i,
              poke(network, edges, name, i),
            ]);
          }
        }
      }),
      { seed: 11, numRuns: 30 },
    );
  });

  it('sums up to the exact MACs of the layers behind where no pooling or shortcut is in between', () => {
    const features = [
      'groupedConv',
      'dilatedConv',
      'stridedConv',
      'unevenPadding',
      'denseHidden',
      'branches',
      'pad',
    ] as const;
    fc.assert(
      fc.property(networkArbitrary({ site: integrateAndFireSite, features }), (network) => {
        fc.pre(!network.nodes.some(({ op }) => op === 'globalAvgPool' || op === 'avgPool'));
        const { hidden, readOut } = fanOutOf(network);
        const sum = [...hidden.values(), ...readOut.values()]
          .flatMap((weights) => [...weights])
          .reduce((a, b) => a + b, 0);
        const macs = macsOf(network).layers.reduce((total, { reading }) => total + reading.spikes, 0);
        expect(sum).toBe(macs);
      }),
      { seed: 12, numRuns: 40 },
    );
  });

  it('counts one accumulate into the mean that an analog head reads, and none behind it; its layers are computed once', () => {
    const build = networkBuilder();
    const spikes = build.neuron('spikes', build.input('image', [1, 1, 2]), neuron());
    const gate = build.node({ op: 'function', name: 'gate', inputs: [spikes], function: 'sigmoid', attributes: {} });
    const product = build.node({ op: 'combine', name: 'product', inputs: [gate, spikes], function: 'multiply' });
    build.output('map', build.conv2d('conv', product, kernel(1, 1, 2, 3)));
    const { hidden, readOut } = fanOutOf(build.build());
    expect(hidden.get('spikes')).toEqual(Float32Array.of(0, 0));
    expect(readOut.get('spikes')).toEqual(Float32Array.of(1, 1));
    const [layer] = macsOf(build.build()).layers;
    expect(layer).toMatchObject({
      exact: 6,
      reading: { spikes: 0, constant: 0, analog: 6 },
      readOut: true,
      head: true,
    });
    const sopsPerImage = { hidden: 0, readOut: 0 };
    const { snn } = energyOf({ network: build.build(), sopsPerImage, steps: 8 });
    expect(snn.terms.map(({ operations }) => operations)).toEqual([0, 6, 0, 0]);
  });

  it('counts fewer targets at the border of a 3×3 convolution: 4, 6 and 9 a filter', () => {
    const build = networkBuilder();
    const spikes = build.neuron('spikes', build.input('image', [3, 3, 1]), neuron());
    const padding = { top: 1, bottom: 1, left: 1, right: 1 };
    const conv = build.conv2d('conv', spikes, { ...kernel(3, 3, 1, 2), padding });
    build.output('map', build.neuron('next', conv, neuron()));
    expectClose(fanOutOf(build.build()).hidden.get('spikes') ?? [], [8, 12, 8, 12, 18, 12, 8, 12, 8], {});
  });

  it('counts one accumulate for each neuron that a shortcut reaches, besides the convolution', () => {
    const build = networkBuilder();
    const spikes = build.neuron('spikes', build.input('image', [1, 1, 2]), neuron());
    const conv = build.conv2d('conv', spikes, kernel(1, 1, 2, 2));
    const sum = build.node({ op: 'add', name: 'sum', inputs: [conv, spikes] });
    build.output('map', build.neuron('next', sum, neuron()));
    const { hidden, readOut } = fanOutOf(build.build());
    expect(hidden.get('spikes')).toEqual(Float32Array.of(3, 3));
    expect(readOut.get('spikes')).toEqual(Float32Array.of(0, 0));
    expect(readOut.get('next')).toEqual(Float32Array.of(1, 1));
  });

  it('takes an average pooling into the dense layer behind it, and knows that for the read-out', () => {
    const build = networkBuilder();
    const spikes = build.neuron('spikes', build.input('image', [4, 4, 3]), neuron());
    const pooled = build.node({ op: 'globalAvgPool', name: 'pool', inputs: [spikes] });
    build.output('scores', build.dense('head', pooled, { weight: constantParameter('weight', [3, 10], 1) }));
    const { hidden, readOut } = fanOutOf(build.build());
    expect(hidden.get('spikes')).toEqual(new Float32Array(48));
    expect(readOut.get('spikes')).toEqual(new Float32Array(48).fill(10));
  });

  it('counts one accumulate where spikes are added to analog values before a layer, which multiplies', () => {
    const build = networkBuilder();
    const spikes = build.neuron('spikes', build.input('image', [2, 2, 1]), neuron());
    const analog = build.conv2d('analog', spikes, kernel(1, 1, 1, 1));
    const sum = build.node({ op: 'add', name: 'sum', inputs: [analog, spikes] });
    build.output('map', build.neuron('next', build.conv2d('mixing', sum, kernel(1, 1, 1, 5)), neuron()));
    const network = build.build();
    expect(fanOutOf(network).hidden.get('spikes')).toEqual(new Float32Array(4).fill(2));
    expect(macsOf(network).layers.at(-1)?.reading).toEqual({ spikes: 0, constant: 0, analog: 20 });
  });

  it('counts for a max pooling each window whose count a spike changes, and what lies behind as if each passed on', () => {
    const build = networkBuilder();
    const spikes = build.neuron('spikes', build.input('image', [1, 3, 1]), neuron());
    const window = { size: [1, 2], stride: [1, 1], padding: noPadding } as const;
    const pool = build.node({ op: 'maxPool', name: 'pool', inputs: [spikes], ...window });
    build.output('map', build.neuron('next', build.conv2d('conv', pool, kernel(1, 1, 1, 5)), neuron()));
    // The middle one lies in both windows.
    expect(fanOutOf(build.build()).hidden.get('spikes')).toEqual(Float32Array.of(6, 12, 6));
  });

  it('refuses spikes into an analog activation, and names it', () => {
    const analog = networkBuilder();
    const firing = analog.neuron('spikes', analog.input('image', [2]), neuron());
    analog.output('map', analog.activation('relu', firing, { kind: 'relu' }));
    expect(() => fanOutOf(analog.build())).toThrow(/relu: \(activation\)/);
  });
});
