import {
  broadcast,
  float32Parameter,
  inferShapes,
  modelSpec,
  networkBuilder,
  scalarParameter,
  shapeAt,
} from '@rheobase/network';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { expectClose } from './expect-close.js';
import { networkArbitrary } from './random-network.js';
import { integrateAndFireSite } from './random-site.js';
import { randomArray } from './random-values.js';
import { referenceSimulate } from './reference-simulate.js';

function oneLayer(threshold: number, initialPotential: number, kind = 'if') {
  const builder = networkBuilder();
  const x = builder.input('x', [1]);
  const current = builder.dense('current', x, { weight: float32Parameter('weight', [1, 1], [1]) });
  const parameters = {
    threshold: scalarParameter('threshold', threshold),
    initialPotential: scalarParameter('initialPotential', initialPotential),
  };
  builder.output('out', builder.neuron('neuron', current, { kind, parameters }));
  return builder.build();
}
const flat = (steps: readonly Float64Array[] | undefined) => steps?.map((step) => step[0]);

describe('referenceSimulate', () => {
  it('integrates, fires at the threshold and above, and subtracts it (worked by hand)', () => {
    const { values, spikes, potentials } = referenceSimulate(oneLayer(2, 1), [0.5], 6);
    expect(flat(spikes.get('neuron'))).toEqual([0, 1, 0, 0, 0, 1]);
    expect(flat(potentials.get('neuron'))).toEqual([1.5, 0, 0.5, 1, 1.5, 0]);
    expect(flat(values.get('neuron'))).toEqual([0, 2, 0, 0, 0, 2]);
    expect(flat(values.get('out'))).toEqual([0, 1, 2 / 3, 0.5, 0.4, 2 / 3]);
  });

  it('computes floor(T·x/θ + 1/2) spikes from a constant input with V(0) = θ/2', () => {
    for (let k = 0; k <= 32; k += 1) {
      const x = k / 16;
      const fired = flat(referenceSimulate(oneLayer(2, 1), [x], 8).spikes.get('neuron'));
      const count = fired?.reduce((sum: number, s) => sum + (s ?? NaN), 0);
      expect(count).toBe(Math.min(Math.floor((8 * x) / 2 + 0.5), 8));
    }
  });

  it('obeys the soft-reset identity at every neuron of random networks: θ·mean s = Ī + (V(0) − V(T))/T', () => {
    const steps = 7;
    fc.assert(
      fc.property(networkArbitrary({ site: integrateAndFireSite }), fc.integer(), (network, seed) => {
        const [input] = network.nodes;
        const image = randomArray(xoroshiro128plus(seed), input?.op === 'input' ? input.shape : []);
        const { values, potentials } = referenceSimulate(network, image, steps);
        for (const node of network.nodes) {
          if (node.op !== 'neuron') continue;
          const mean = (name: string, i: number) =>
            (values.get(name) ?? []).reduce((sum, step) => sum + (step[i] ?? NaN), 0) / steps;
          const initial = network.parameters.get(node.neuron.parameters['initialPotential'] ?? '');
          const starts = initial && broadcast(initial, shapeAt(inferShapes(network), node.name));
          const atStart = (i: number) => starts?.[i];
          const last = potentials.get(node.name)?.at(-1) ?? new Float64Array(0);
          expectClose(
            last.map((_, i) => mean(node.name, i)),
            last.map((v, i) => mean(node.inputs[0], i) + (Number(atStart(i)) - v) / steps),
            { absolute: 1e-9 },
          );
        }
      }),
      { seed: 4, numRuns: 40 },
    );
  });

  it('takes a max pooling over what its input accumulated: two neurons that fire in turn count as one (worked by hand)', () => {
    const builder = networkBuilder();
    const x = builder.input('x', [1, 2, 1]);
    // Both fire at every second step, the right one first.
    const neuron = builder.neuron('neuron', x, {
      kind: 'if',
      parameters: {
        threshold: scalarParameter('threshold', 2),
        initialPotential: float32Parameter('initialPotential', [1, 2, 1], [0, 1]),
      },
    });
    const pool = builder.node({
      op: 'maxPool',
      name: 'pool',
      inputs: [neuron],
      size: [1, 2],
      stride: [1, 2],
      padding: { top: 0, bottom: 0, left: 0, right: 0 },
    });
    builder.output('out', pool);
    const { values, spikes } = referenceSimulate(builder.build(), [1, 1], 4);
    expect(spikes.get('neuron')?.map((step) => [...step])).toEqual([
      [0, 1],
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(flat(values.get('pool'))).toEqual([2, 0, 2, 0]);
    expect(flat(values.get('out'))).toEqual([2, 1, 4 / 3, 1]);
  });

  it('takes other neurons as functions of all steps', () => {
    const twice = (currents: readonly number[]) => ({
      spikes: currents.map(() => -2),
      potentials: currents.map(() => 0),
    });
    const { values } = referenceSimulate(oneLayer(3, 0, 'twice'), [1], 2, { twice });
    expect(flat(values.get('out'))).toEqual([-6, -6]);
    expect(() => referenceSimulate(oneLayer(3, 0, 'twice'), [1], 2)).toThrow(/^neuron: no reference of kind 'twice'/);
  });

  it('refuses an analog activation and names it', () => {
    const nodes = [
      { op: 'input', name: 'x', inputs: [], shape: [1] },
      { op: 'activation', name: 'relu', inputs: ['x'], activation: modelSpec('relu') },
      { op: 'output', name: 'out', inputs: ['relu'] },
    ] as const;
    expect(() => referenceSimulate({ nodes, parameters: new Map(), metadata: {} }, [1], 2)).toThrow(
      /'relu' is an analog/,
    );
  });
});
