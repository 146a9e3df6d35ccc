import { bind, disposeResult, startTensorBackend } from '@rheobase/execution';
import type { Network, NodeOf, Parameter, Shape, SiteDefinition } from '@rheobase/network';
import {
  broadcast,
  constantParameter,
  float32Parameter,
  inferShapes,
  networkBuilder,
  parameterOf,
  scalarParameter,
  shapeAt,
} from '@rheobase/network';
import type { RandomSite } from '@rheobase/testing';
import {
  clipSite,
  integrateAndFireSite,
  networkArbitrary,
  quantClipSite,
  randomParameter,
  reluSite,
} from '@rheobase/testing';
import { memory, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import type { LedgerSummary } from './error-ledger.js';
import { errorLedger } from './error-ledger.js';
import type { LayerErrors } from './layer-errors.js';
import { errorKinds } from './layer-errors.js';
import { imagesFor, referenceBatch, referenceRun, spikingTwin, withModels } from './ledger-runs.fixture.js';

/** The ledger of two networks, both run by the slow references. */
function ledgerOf(source: Network, spiking: Network, images: readonly Float32Array[], steps: number): LedgerSummary {
  const ledger = errorLedger(withModels(source), withModels(spiking), steps);
  ledger.add(referenceBatch(ledger, source, spiking, images, steps), images.length);
  return ledger.summary();
}

type NeuronAt = (site: NodeOf<'activation'>, shape: Shape, threshold: Parameter | undefined) => SiteDefinition;

const positive = (parameter: Parameter | undefined, fallback: number) =>
  parameter?.type === 'float32'
    ? float32Parameter('threshold', parameter.shape, parameter.data.map(Math.abs))
    : scalarParameter('threshold', fallback);

/** METHOD §4: the site's θ, V(0) = θ/2. */
const halfThreshold: NeuronAt = (_site, _shape, given) => {
  const threshold = positive(given, 1);
  const initialPotential = float32Parameter(
    'initialPotential',
    threshold.shape,
    threshold.data.map((theta) => theta / 2),
  );
  return { kind: 'if', parameters: { threshold, initialPotential } };
};

/** Any θ and V(0), V(0) below 0 and above θ too, each a scalar, per channel or per neuron. */
function anyNeuron(seed: number): NeuronAt {
  const random = xoroshiro128plus(seed);
  return (_site, shape) => {
    const { kind, parameters } = integrateAndFireSite.define(random, shape);
    const initialPotential = randomParameter(random, 'initialPotential', shape, -1, 3);
    return { kind, parameters: { ...parameters, initialPotential } };
  };
}

const sites: Readonly<Record<string, RandomSite>> = { relu: reluSite, clip: clipSite, 'quant-clip': quantClipSite(4) };
const withNeurons = ({ nodes }: Network) => nodes.some(({ op }) => op === 'activation');
const networks = (site: RandomSite) => networkArbitrary({ site }).filter(withNeurons);

const sumOfMeans = (layer: LayerErrors) => errorKinds.reduce((sum, kind) => sum + layer[kind].mean, 0);

/** input [n] → activation → output: every neuron is fed its own constant. */
function siteAlone(size: number, site: SiteDefinition): Network {
  const build = networkBuilder();
  build.output('y', build.activation('site', build.input('z', [size]), site));
  return build.build();
}

/** Two sites that are fed a constant each, and one behind both. */
function twoLayers(site: SiteDefinition, weights: readonly [number, number] = [1, -1]): Network {
  const build = networkBuilder();
  const first = build.activation('first', build.input('x', [2]), site);
  const weight = float32Parameter('weight', [2, 1], weights);
  build.output('y', build.activation('second', build.dense('dense', first, { weight }), site));
  return build.build();
}

const clip = (threshold: number): SiteDefinition => ({
  kind: 'clip',
  parameters: { threshold: scalarParameter('threshold', threshold) },
});

describe('errorLedger', () => {
  for (const [kind, site] of Object.entries(sites)) {
    it(`splits the error that is measured into four that sum to it, on random networks with ${kind} and any θ and V(0)`, () => {
      fc.assert(
        fc.property(networks(site), fc.integer({ min: 1, max: 6 }), fc.integer(), (source, steps, seed) => {
          const spiking = spikingTwin(source, anyNeuron(seed));
          for (const layer of ledgerOf(source, spiking, imagesFor(source, seed, 2), steps).layers) {
            expect(layer.unexplained.meanAbsolute).toBeLessThan(1e-9);
            expect(sumOfMeans(layer)).toBeCloseTo(layer.total.mean, 9);
            const { early, late } = layer.residualShares;
            expect(early.relative + late.relative).toBeCloseTo(layer.residual.relative, 9);
          }
        }),
        { seed: 51, numRuns: 12 },
      );
    });
  }

  it('agrees with the formulas of METHOD §5, element by element in float64', () => {
    let compared = 0;
    fc.assert(
      fc.property(networks(clipSite), fc.integer({ min: 1, max: 5 }), fc.integer(), (source, steps, seed) => {
        const spiking = spikingTwin(source, anyNeuron(seed));
        const [image = new Float32Array()] = imagesFor(source, seed, 1);
        const { analog, simulation } = referenceRun(source, spiking, image, steps);
        for (const layer of ledgerOf(source, spiking, [image], steps).layers) {
          const node = spiking.nodes.find(({ name }) => name === layer.node);
          const own = source.nodes.find(({ name }) => name === layer.node);
          if (node?.op !== 'neuron' || own?.op !== 'activation') throw new Error('no site');
          const shape = shapeAt(inferShapes(source), layer.node);
          const over = (network: Network, name: string | undefined) =>
            broadcast(parameterOf(network, name ?? ''), shape);
          const thetas = over(spiking, node.neuron.parameters['threshold']);
          const initials = over(spiking, node.neuron.parameters['initialPotential']);
          const sourceThetas = over(source, own.activation.parameters['threshold']);
          const sums = { propagated: 0, clipping: 0, quantization: 0, residual: 0, total: 0 };
          const potentials = simulation.potentials.get(layer.node)?.at(-1) ?? new Float64Array();
          let borderline = false;
          potentials.forEach((_, i) => {
            const theta = thetas[i] ?? Number.NaN;
            const initial = initials[i] ?? Number.NaN;
            const thetaA = sourceThetas[i] ?? Number.NaN;
            const f = (z: number) => thetaA * Math.min(Math.max(z / thetaA, 0), 1);
            let [input, count] = [0, 0];
            for (let t = 0; t < steps; t += 1) {
              input += simulation.values.get(node.inputs[0])?.[t]?.[i] ?? Number.NaN;
              count += simulation.spikes.get(layer.node)?.[t]?.[i] ?? Number.NaN;
            }
            const position = (input + initial) / theta;
            if (Math.abs(position - Math.round(position)) < 1e-9) borderline = true;
            const mean = input / steps;
            const clipped = theta * Math.min(Math.max(mean / theta, 0), 1);
            const quantized = theta * Math.min(Math.max(Math.floor(position) / steps, 0), 1);
            const z = analog.get(own.inputs[0])?.[i] ?? Number.NaN;
            sums.propagated += Math.abs(f(mean) - f(z));
            sums.clipping += Math.abs(clipped - f(mean));
            sums.quantization += Math.abs(quantized - clipped);
            sums.residual += Math.abs((theta * count) / steps - quantized);
            sums.total += Math.abs((theta * count) / steps - (analog.get(layer.node)?.[i] ?? Number.NaN));
          });
          // If the total charge is a multiple of θ, rounding decides in the formula.
          if (borderline) continue;
          compared += 1;
          for (const kind of [...errorKinds, 'total'] as const) {
            expect(layer[kind].meanAbsolute, `${layer.node} ${kind}`).toBeCloseTo(sums[kind] / potentials.length, 9);
          }
        }
      }),
      { seed: 52, numRuns: 15 },
    );
    expect(compared).toBeGreaterThan(25);
  });

  it('has no residual error in layers whose input is steady, and no propagated one where the source is the same', () => {
    fc.assert(
      fc.property(networks(clipSite), fc.integer({ min: 1, max: 8 }), fc.integer(), (source, steps, seed) => {
        const { layers } = ledgerOf(source, spikingTwin(source, halfThreshold), imagesFor(source, seed, 2), steps);
        const first = layers.filter(({ reads }) => reads.every((name) => name === source.nodes[0]?.name));
        expect(first.length).toBeGreaterThan(0);
        for (const { residual, residualShares, propagated, clipping } of first) {
          expect(residual.meanAbsolute).toBe(0);
          expect(residualShares.early.count + residualShares.late.count).toBe(0);
          expect(propagated.meanAbsolute).toBeLessThan(1e-12);
          expect(clipping.meanAbsolute).toBeLessThan(1e-12);
        }
      }),
      { seed: 53, numRuns: 15 },
    );
  });

  it('has no clipping error where θ is above every input, and the error of the source’s own levels nowhere', () => {
    fc.assert(
      fc.property(networks(reluSite), fc.integer(), (source, seed) => {
        const large: NeuronAt = (site, shape) =>
          halfThreshold(site, shape, constantParameter('threshold', shape.slice(-1), 1e4));
        const { layers } = ledgerOf(source, spikingTwin(source, large), imagesFor(source, seed, 2), 4);
        for (const { clipping } of layers) expect(clipping.meanAbsolute).toBe(0);
      }),
      { seed: 54, numRuns: 10 },
    );
    fc.assert(
      fc.property(networks(quantClipSite(4)), fc.integer(), (source, seed) => {
        const { layers } = ledgerOf(source, spikingTwin(source, halfThreshold), imagesFor(source, seed, 2), 4);
        // Clipping and quantization are the rounding of QC, once each way.
        for (const { representation } of layers) expect(representation.relative).toBeLessThan(1e-9);
      }),
      { seed: 55, numRuns: 10 },
    );
  });

  it('counts residual errors exactly where V(T) < 0 and N > 0, or V(T) ≥ θ and N < T, with V(0) = θ/2 and L = T', () => {
    let [sawEarly, sawLate] = [0, 0];
    fc.assert(
      fc.property(networks(quantClipSite(4)), fc.integer(), (source, seed) => {
        const spiking = spikingTwin(source, halfThreshold);
        const [image = new Float32Array()] = imagesFor(source, seed, 1);
        const { simulation } = referenceRun(source, spiking, image, 4);
        for (const { node, residualShares } of ledgerOf(source, spiking, [image], 4).layers) {
          const threshold = parameterOf(spiking, `${node}.neuron.threshold`).data[0] ?? Number.NaN;
          const potentials = simulation.potentials.get(node)?.at(-1) ?? new Float64Array();
          const count = (i: number) =>
            (simulation.spikes.get(node) ?? []).reduce((sum, step) => sum + (step[i] ?? 0), 0);
          expect(residualShares.early.count).toBe(potentials.filter((v, i) => v < 0 && count(i) > 0).length);
          expect(residualShares.late.count).toBe(potentials.filter((v, i) => v >= threshold && count(i) < 4).length);
          sawEarly += residualShares.early.count;
          sawLate += residualShares.late.count;
        }
      }),
      { seed: 56, numRuns: 25 },
    );
    expect(Math.min(sawEarly, sawLate)).toBeGreaterThan(10);
  });

  it('tells spikes fired before inhibition from input that came too late', () => {
    const second = (weight: readonly [number, number], ...image: readonly number[]) => {
      const source = twoLayers(clip(1), weight);
      return ledgerOf(source, spikingTwin(source, halfThreshold), [Float32Array.from(image)], 2).layers[1];
    };
    // The exciting neuron fires in the first step, the inhibiting one in the second, when the spike is out.
    const early = second([1, -1], 0.5, 0.4);
    expect(early?.residualShares).toMatchObject({ early: { count: 1, share: 1 }, late: { count: 0, relative: 0 } });
    expect(early?.residual.mean).toBe(0.5);
    // Two exciting neurons fire in the second step, in which only one spike can be.
    const late = second([1, 1], 0.4, 0.4);
    expect(late?.residualShares).toMatchObject({ early: { count: 0, relative: 0 }, late: { count: 1, share: 1 } });
    expect(late?.residual.mean).toBe(-0.5);
    // Three units of charge wait in V(0), and two steps fire two of them: that is saturation, and right.
    const saturated = siteAlone(1, clip(1));
    const waiting: NeuronAt = () => ({
      kind: 'if',
      parameters: {
        threshold: scalarParameter('threshold', 1),
        initialPotential: scalarParameter('initialPotential', 3),
      },
    });
    expect(
      ledgerOf(saturated, spikingTwin(saturated, waiting), [Float32Array.of(0.5)], 2).layers[0]?.residual.mean,
    ).toBe(0);
  });

  it('gives a shifted neuron the errors of one that starts at θ/2', () => {
    fc.assert(
      fc.property(networks(clipSite), fc.integer({ min: 1, max: 6 }), fc.integer(), (source, steps, seed) => {
        const shifted: NeuronAt = (_site, _shape, given) => ({
          kind: 'if-shift',
          parameters: { threshold: positive(given, 1) },
          attributes: { steps },
        });
        const images = imagesFor(source, seed, 2);
        const [shift] = ledgerOf(source, spikingTwin(source, shifted), images, steps).layers;
        const [half] = ledgerOf(source, spikingTwin(source, halfThreshold), images, steps).layers;
        for (const kind of [...errorKinds, 'total'] as const) {
          expect(shift?.[kind].meanAbsolute).toBeCloseTo(half?.[kind].meanAbsolute ?? Number.NaN, 9);
        }
      }),
      { seed: 57, numRuns: 10 },
    );
  });

  it('splits the error of signed and of bursting neurons by their own clip and levels', () => {
    const levels = Float32Array.of(-30, -9, -3.1, -0.4, 0.1, 0.7, 2.4, 9);
    const theta = scalarParameter('threshold', 2);
    const leaky = siteAlone(8, { kind: 'leaky-relu', attributes: { slope: 0.25 } });
    const initialPotential = scalarParameter('initialPotential', 1);
    const signed = spikingTwin(leaky, () => ({
      kind: 'signed-if',
      parameters: { threshold: theta, initialPotential },
      attributes: { slope: 0.25 },
    }));
    const one = ledgerOf(leaky, signed, [levels], 4).layers[0];
    // Leaky ReLU gives −7.5, …, 9, the neuron between −2 and 2: 5.5, 0.25, 0.4 and 7 are cut off.
    expect((one?.clipping.meanAbsolute ?? 0) * 8).toBeCloseTo(5.5 + 0.25 + 0.4 + 7, 6);
    expect(one?.residual.meanAbsolute).toBe(0);
    expect(one?.unexplained.meanAbsolute).toBeLessThan(1e-9);

    const relu = siteAlone(8, { kind: 'relu' });
    const bursting = spikingTwin(relu, () => ({
      kind: 'burst',
      parameters: { threshold: theta, initialPotential },
      attributes: { maximum: 3 },
    }));
    const two = ledgerOf(relu, bursting, [levels], 4).layers[0];
    expect((two?.clipping.meanAbsolute ?? 0) * 8).toBeCloseTo(3, 6);
    expect(two?.residual.meanAbsolute).toBe(0);
  });

  it('finds the residual error of signed neurons behind others from the charge of both kinds of spikes', () => {
    const theta = scalarParameter('threshold', 1);
    fc.assert(
      fc.property(
        networkArbitrary({
          site: { op: 'activation', define: () => ({ kind: 'leaky-relu', attributes: { slope: 0.1 } }) },
        }).filter(withNeurons),
        fc.integer(),
        (source, seed) => {
          const spiking = spikingTwin(source, () => ({
            kind: 'signed-if',
            parameters: { threshold: theta, initialPotential: scalarParameter('initialPotential', 0.5) },
            attributes: { slope: 0.1 },
          }));
          const [image = new Float32Array()] = imagesFor(source, seed, 1);
          const { simulation } = referenceRun(source, spiking, image, 6);
          for (const layer of ledgerOf(source, spiking, [image], 6).layers) {
            expect(layer.unexplained.meanAbsolute).toBeLessThan(1e-9);
            let [residual, borderline] = [0, false];
            const potentials = simulation.potentials.get(layer.node)?.at(-1) ?? new Float64Array();
            potentials.forEach((potential, i) => {
              const spikes = (simulation.spikes.get(layer.node) ?? []).map((step) => step[i] ?? 0);
              const [up, down] = [spikes.filter((s) => s > 0).length, spikes.filter((s) => s < 0).length];
              const charge = up - 10 * down + potential;
              const worth = charge >= 0 ? Math.min(Math.floor(charge), 6) : -Math.min(Math.floor(-charge / 10), 6);
              if (Math.abs(charge - Math.round(charge)) < 1e-6) borderline = true;
              residual += Math.abs(up - down - worth) / 6;
            });
            if (!borderline) expect(layer.residual.meanAbsolute).toBeCloseTo(residual / potentials.length, 9);
          }
        },
      ),
      { seed: 58, numRuns: 10 },
    );
  });

  it('gives the same for many batches as for all images at once', () => {
    fc.assert(
      fc.property(networks(clipSite), fc.integer(), (source, seed) => {
        const spiking = spikingTwin(source, halfThreshold);
        const images = imagesFor(source, seed, 3);
        const apart = errorLedger(withModels(source), withModels(spiking), 3);
        for (const batch of [images.slice(0, 1), images.slice(1)]) {
          apart.add(referenceBatch(apart, source, spiking, batch, 3), batch.length);
        }
        const [a, b] = [ledgerOf(source, spiking, images, 3), apart.summary()];
        expect(b.images).toBe(3);
        expect(b.outputs).toEqual(a.outputs);
        a.layers.forEach((layer, i) => {
          expect(b.layers[i]?.total.relative).toBeCloseTo(layer.total.relative, 9);
          expect(b.layers[i]?.residualShares.late.count).toBe(layer.residualShares.late.count);
        });
      }),
      { seed: 59, numRuns: 6 },
    );
  });

  it('says what the errors have come to at the outputs', () => {
    const source = siteAlone(3, { kind: 'relu' });
    const one: NeuronAt = (site, shape) => halfThreshold(site, shape, scalarParameter('threshold', 1));
    const { outputs } = ledgerOf(
      source,
      spikingTwin(source, one),
      [Float32Array.of(0, 0.5, 0.6), Float32Array.of(2, 1, 0)],
      2,
    );
    // Rates 0, ½, ½ (0.6 is rounded down) and 1, 1, 0: the largest of the first is another, and 2 is clipped.
    expect(outputs).toEqual([{ node: 'y', difference: expect.closeTo(1.1 / 4.1, 6), agreement: 0.5 }]);
  });

  it('refuses neurons that lose charge, all of them by name, and sites without a counterpart', () => {
    const source = twoLayers(clip(1));
    const leaking: NeuronAt = () => ({
      kind: 'lif',
      parameters: {
        threshold: scalarParameter('threshold', 1),
        initialPotential: scalarParameter('initialPotential', 0),
        leak: scalarParameter('dynamics', 0.9),
      },
    });
    const make = (spiking: Network, other = source) => errorLedger(withModels(other), withModels(spiking), 4);
    expect(() => make(spikingTwin(source, leaking))).toThrow(/first, second: the neuron 'lif' has no charge balance/);
    const other = siteAlone(2, clip(1));
    expect(() => make(spikingTwin(source, halfThreshold), other)).toThrow(
      /first: .*no activation site 'first'.*Known: site/,
    );
    expect(() => make(spikingTwin(siteAlone(3, clip(1)), halfThreshold), other)).toThrow(
      /site: its neurons are \[3\].*\[2\]/,
    );
    expect(() => make(source)).toThrow(/no neurons.*convert it first/);
  });

  it('refuses another T, missing values, and records that break the charge balance', () => {
    const source = twoLayers(clip(1));
    const spiking = spikingTwin(source, halfThreshold);
    const images = imagesFor(source, 1, 2);
    const ledger = errorLedger(withModels(source), withModels(spiking), 4);
    const batch = referenceBatch(ledger, source, spiking, images, 4);
    expect(() => ledger.summary()).toThrow(/No batch has been added/);
    expect(() => ledger.add({ ...batch, spiking: { ...batch.spiking, steps: 5 } }, 2)).toThrow(/for 5 steps.*for 4/);
    expect(() => ledger.add({ ...batch, source: new Map() }, 2)).toThrow(
      /value at 'x' \(run it with ledger\.record\) is missing/,
    );
    expect(() => ledger.add({ ...batch, spiking: { ...batch.spiking, records: [] } }, 2)).toThrow(
      /'mean-input' record of 'first'/,
    );
    expect(() => ledger.add(batch, 1)).toThrow(/has 4 values, where 1 images of 2 make 2/);
    const calibrated = spikingTwin(source, (site, shape) => {
      const definition = halfThreshold(site, shape, scalarParameter('threshold', 1));
      return {
        ...definition,
        parameters: { ...definition.parameters, initialPotential: scalarParameter('initialPotential', 2) },
      };
    });
    expect(() => ledger.add(referenceBatch(ledger, source, calibrated, images, 4), 2)).toThrow(
      /first: the records break the charge balance/,
    );
  });

  it('sums to 1e-4 of the activation on every layer of random networks on the tensor engine, and frees its tensors', async () => {
    await startTensorBackend();
    for (const [kind, site] of Object.entries(sites)) {
      fc.assert(
        fc.property(networks(site), fc.integer({ min: 1, max: 8 }), fc.integer(), (source, steps, seed) => {
          const before = memory().numTensors;
          const [analog, spiking] = [bind(source), bind(spikingTwin(source, anyNeuron(seed)))];
          const ledger = errorLedger(analog, spiking, steps);
          const shape = source.nodes.find((node) => node.op === 'input')?.shape ?? [];
          const images = imagesFor(source, seed, 3);
          const input = tensor(Float32Array.from(images.flatMap((image) => [...image])), [3, ...shape]);
          const run = analog.run(input, { record: ledger.record });
          const values = new Map([...run.recorded].map(([name, value]) => [name, value.dataSync<'float32'>()]));
          ledger.add({ source: values, spiking: spiking.simulate(input, { steps, probes: ledger.probes }) }, 3);
          disposeResult(run);
          input.dispose();
          analog.dispose();
          spiking.dispose();
          expect(memory().numTensors).toBe(before);
          for (const layer of ledger.summary().layers) {
            expect(Math.abs(sumOfMeans(layer) - layer.total.mean), kind).toBeLessThan(1e-4);
            expect(layer.unexplained.meanAbsolute, kind).toBeLessThan(1e-4);
          }
        }),
        { seed: 60, numRuns: 8 },
      );
    }
  }, 60_000);
});
