import { liveParameter, startTensorBackend } from '@rheobase/execution';
import type { Float32Parameter, Network } from '@rheobase/network';
import {
  evenPadding,
  float32Parameter,
  networkBuilder,
  parameterOf,
  registry,
  scalarParameter,
} from '@rheobase/network';
import type { Surrogate } from '@rheobase/neurons';
import { heaviside, integrateAndFire, tanhSurrogate } from '@rheobase/neurons';
import { randomArray } from '@rheobase/testing';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { add, dispose, memory, mul, scalar, tanh, tensor, tidy, variable } from '@tensorflow/tfjs-core';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { bindSite } from './bound-site.js';
import type { FiringRule, ReferenceGradients, ReferenceLayer } from './bptt-reference.fixture.js';
import {
  convolutionConnections,
  denseConnections,
  heavisideRule,
  referenceGradients,
  referenceTrace,
  smoothRule,
} from './bptt-reference.fixture.js';
import { defaultCalibrationLosses } from './default-calibration-losses.js';
import { layerGradients } from './layer-gradients.js';
import { segmentAt, segmentsOf } from './segment.js';
import type { SiteImages, SiteTask } from './site-task.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

const kinds = ['dense', 'conv'] as const;
type Kind = (typeof kinds)[number];
const [theta, slope, images] = [0.75, 2.5, 3];
const [side, channels, filters] = [3, 2, 2];
const [inputs, outputs] = [5, 4];

/** A layer with a shortcut, twice: as a network whose site 'b' is calibrated, and as lists of numbers. */
interface Example {
  readonly task: SiteTask;
  readonly layers: readonly ReferenceLayer[];
  readonly targets: readonly (readonly number[])[];
  readonly weight: string;
  readonly bias: string;
}

const neuron = (potential: Float32Parameter) => ({
  kind: 'if',
  parameters: { threshold: scalarParameter('threshold', theta), initialPotential: potential },
});

/** Site 'a' and the image feed the layer of 'b'; 'early' is fed by the image alone, and is the shortcut. */
function example(kind: Kind, steps: number): Example {
  const random = xoroshiro128plus(7 + steps);
  const numbers = (length: number, least: number, most: number) => randomArray(random, [length], least, most);
  const build = networkBuilder();
  const isConv = kind === 'conv';
  const shapes = isConv
    ? { read: [side, side, channels], given: [side, side, filters] }
    : { read: [inputs], given: [outputs] };
  const [readSize, size] = [shapes.read.reduce((a, b) => a * b, 1), shapes.given.reduce((a, b) => a * b, 1)];
  const weightShape = isConv ? [3, 3, channels, filters] : [inputs, outputs];
  const weights = numbers(
    weightShape.reduce((a, b) => a * b, 1),
    -0.6,
    0.6,
  );
  const channelsOut = isConv ? filters : outputs;
  const bias = numbers(channelsOut, -0.1, 0.2);
  const potentials = numbers(size, 0, theta);

  const early = build.neuron('early', build.input('x', shapes.given), neuron(scalarParameter('initialPotential', 0.2)));
  const read = build.input('y', shapes.read);
  const a = build.neuron('a', read, neuron(scalarParameter('initialPotential', 0.3)));
  const layer = {
    weight: float32Parameter('weight', weightShape, weights),
    bias: float32Parameter('bias', [channelsOut], bias),
  };
  const main = isConv
    ? build.conv2d('layer', a, { ...layer, padding: evenPadding(1) })
    : build.dense('layer', a, layer);
  const sum = build.node({ op: 'add', name: 'sum', inputs: [main, early] });
  const potential = float32Parameter('initialPotential', shapes.given, potentials);
  build.output('out', build.neuron('b', sum, neuron(potential)));
  const network = build.build();

  const draw = (length: number): Float32Array => numbers(length, -1, 1).map((x) => (x > 0.1 ? theta : 0));
  // [T, images, size]
  const spikes = draw(steps * images * readSize);
  const shortcut = draw(steps * images * size);
  const targets = numbers(images * size, 0, theta);
  return {
    task: taskAt(network, steps, { spikes, shortcut, targets, shapes }),
    layers: Array.from({ length: images }, (_, n) => ({
      connections: isConv ? convolutionConnections(side, channels, filters) : denseConnections(inputs, outputs),
      weights: [...weights],
      bias: Array.from({ length: size }, (_, i) => bias[i % channelsOut] ?? 0),
      potentials: [...potentials],
      threshold: theta,
      slope,
      spikes: rows(spikes, steps, n, readSize),
      shortcut: rows(shortcut, steps, n, size),
    })),
    targets: Array.from({ length: images }, (_, n) => [...targets.subarray(n * size, (n + 1) * size)]),
    weight: 'layer.weight',
    bias: 'layer.bias',
  };
}

const rows = (data: Float32Array, steps: number, image: number, size: number): readonly (readonly number[])[] =>
  Array.from({ length: steps }, (_, t) => [
    ...data.subarray((t * images + image) * size, (t * images + image + 1) * size),
  ]);

interface Given {
  readonly spikes: Float32Array;
  readonly shortcut: Float32Array;
  readonly targets: Float32Array;
  readonly shapes: { readonly read: readonly number[]; readonly given: readonly number[] };
}

function taskAt(network: Network, steps: number, { spikes, shortcut, targets, shapes }: Given): SiteTask {
  const segment = segmentAt(segmentsOf(network), 'b');
  const pick = (data: Float32Array, chosen: ArrayLike<number>, blocks: number): Float32Array => {
    const size = data.length / (blocks * images);
    const out = new Float32Array(blocks * chosen.length * size);
    for (let t = 0; t < blocks; t++) {
      for (let k = 0; k < chosen.length; k++) {
        const from = (t * images + (chosen[k] ?? 0)) * size;
        out.set(data.subarray(from, from + size), (t * chosen.length + k) * size);
      }
    }
    return out;
  };
  const set: SiteImages = {
    count: images,
    inputs: (chosen) => {
      const over = (data: Float32Array, shape: readonly number[]) => ({
        kind: 'changing' as const,
        value: tensor(pick(data, chosen, steps), [steps * chosen.length, ...shape]),
      });
      return new Map([
        ['a', over(spikes, shapes.read)],
        ['early', over(shortcut, shapes.given)],
      ]);
    },
    targets: (chosen) => tensor(pick(targets, chosen, 1), [chosen.length, ...shapes.given]),
  };
  return {
    site: 'b',
    shape: shapes.given,
    network,
    segment,
    steps,
    calibration: set,
    heldOut: set,
    imagesAtOnce: 2,
    seed: 1,
    registries: {},
    onEpoch: () => {},
  };
}

/** The gradients of the tensor code on all images. */
function gradientsOf(
  { task, weight, bias }: Example,
  surrogate: Surrogate,
  loss: string,
): ReferenceGradients & { loss: number } {
  const site = bindSite(task.network, task);
  const k: Variable = tidy(() => variable(scalar(slope)));
  const trainables = new Map(
    [weight, bias, 'b.initialPotential'].map((name) => [
      name,
      { variable: liveParameter(site.live, name), role: parameterOf(task.network, name).role },
    ]),
  );
  const all = new Map([...trainables, ['k', { variable: k, role: 'dynamics' as const }]]);
  const settings = { loss: defaultCalibrationLosses.get(loss), surrogate };
  const result = layerGradients({ site, trainables: all, slope: k }, task, settings, Int32Array.of(0, 1, 2));
  const read = (name: string): readonly number[] => [...(result.gradients.get(name)?.dataSync<'float32'>() ?? [])];
  const gradients = {
    loss: result.loss,
    weights: read(weight),
    bias: read(bias),
    potentials: read('b.initialPotential'),
    slope: read('k')[0] ?? Number.NaN,
  };
  dispose([...result.gradients.values()]);
  site.dispose();
  k.dispose();
  return gradients;
}

const losses: Readonly<Record<string, (output: readonly number[], target: readonly number[]) => number>> =
  Object.fromEntries(
    defaultCalibrationLosses.names.map((name) => [name, defaultCalibrationLosses.get(name).reference]),
  );

function lossOf(
  layers: readonly ReferenceLayer[],
  targets: Example['targets'],
  rule: FiringRule,
  loss: string,
): number {
  const evaluate = losses[loss];
  if (evaluate === undefined) throw new Error(`no loss ${loss}`);
  return (
    layers.reduce((sum, layer, n) => sum + evaluate(referenceTrace(layer, rule).output, targets[n] ?? []), 0) /
    layers.length
  );
}

/** The reference's gradients of the mean loss over images; that of the loss by the output is a central difference. */
function expectedOf({ layers, targets }: Example, rule: FiringRule, loss: string): ReferenceGradients {
  const evaluate = losses[loss];
  if (evaluate === undefined) throw new Error(`no loss ${loss}`);
  const each = layers.map((layer, n) => {
    const { output } = referenceTrace(layer, rule);
    const target = targets[n] ?? [];
    const at = (i: number, delta: number) =>
      evaluate(
        output.map((y, j) => (i === j ? y + delta : y)),
        target,
      );
    return referenceGradients(
      layer,
      rule,
      output.map((_, i) => (at(i, 1e-5) - at(i, -1e-5)) / 2e-5),
    );
  });
  const mean = (lists: readonly (readonly number[])[]): readonly number[] =>
    (lists[0] ?? []).map((_, i) => lists.reduce((sum, list) => sum + (list[i] ?? 0), 0) / lists.length);
  return {
    weights: mean(each.map(({ weights }) => weights)),
    bias: mean(each.map(({ bias }) => bias)),
    potentials: mean(each.map(({ potentials }) => potentials)),
    slope: mean(each.map((one) => [one.slope]))[0] ?? Number.NaN,
  };
}

/** A bias' gradient by channel, from those by element. */
const byChannel = (list: readonly number[], count: number): readonly number[] =>
  Array.from({ length: count }, (_, c) => list.filter((__, i) => i % count === c).reduce((a, b) => a + b, 0));

function expectGradients(actual: ReferenceGradients, expected: ReferenceGradients): void {
  const compare = (a: readonly number[], b: readonly number[]): void => {
    expect(a.length).toBe(b.length);
    for (const [i, value] of b.entries()) expect(a[i]).toBeCloseTo(value, 5);
  };
  compare(actual.weights, expected.weights);
  compare(actual.bias, byChannel(expected.bias, actual.bias.length));
  compare(actual.potentials, expected.potentials);
  compare([actual.slope], [expected.slope]);
}

const cases = kinds.flatMap((kind) => [1, 2, 3, 4].map((steps) => [kind, steps] as const));

describe.each(cases)('a %s layer with a shortcut over %i steps', (kind, steps) => {
  it('spikes as its float64 reference, step by step, and has its potentials', () => {
    const { task, layers } = example(kind, steps);
    const chosen = [0, 1, 2];
    for (let t = 1; t <= steps; t++) {
      // The first t steps alone: what came before is not changed by what comes after.
      const shorter = bindSite(task.network, { ...task, steps: t });
      const until = {
        ...task.calibration,
        inputs: () =>
          new Map(
            [...task.calibration.inputs(chosen)].map(([name, { value }]) => [
              name,
              {
                kind: 'changing' as const,
                value: tensor(value.dataSync<'float32'>().slice(0, (value.size / steps) * t), [
                  t * images,
                  ...value.shape.slice(1),
                ]),
              },
            ]),
          ),
      };
      const output = tidy(() => shorter.output(until, chosen).dataSync<'float32'>().slice());
      shorter.dispose();
      const traces = layers.map((layer) =>
        referenceTrace(
          { ...layer, spikes: layer.spikes.slice(0, t), shortcut: layer.shortcut.slice(0, t) },
          heavisideRule,
        ),
      );
      const expected = traces.flatMap((trace) => trace.output);
      for (const [i, value] of expected.entries()) expect(output[i]).toBeCloseTo(value, 6);
    }

    // The neuron's own step, on the reference's currents.
    for (const layer of layers) {
      const trace = referenceTrace(layer, heavisideRule);
      let potential: readonly number[] = layer.potentials;
      for (let t = 0; t < steps; t++) {
        const current = (trace.potentials[t] ?? []).map(
          (v, i) => v + theta * (trace.spikes[t]?.[i] ?? 0) - (potential[i] ?? 0),
        );
        const after = tidy(() => {
          const step = integrateAndFire.step(
            { potential: tensor([...potential]) },
            tensor(current),
            { threshold: scalar(theta), initialPotential: scalar(0) },
            {},
            heaviside,
          );
          return {
            potential: [...(step.state['potential']?.dataSync<'float32'>() ?? [])],
            spikes: [...step.spikes.dataSync<'float32'>()],
          };
        });
        expect(after.spikes).toEqual(trace.spikes[t]);
        for (const [i, v] of (trace.potentials[t] ?? []).entries()) expect(after.potential[i]).toBeCloseTo(v, 5);
        potential = trace.potentials[t] ?? [];
      }
    }
  });

  it.each(defaultCalibrationLosses.names)(
    'has the loss %s and its gradients as the float64 reference has them',
    (loss) => {
      const given = example(kind, steps);
      const before = memory().numTensors;
      const actual = gradientsOf(given, tanhSurrogate, loss);
      expect(memory().numTensors).toBe(before);
      expect(actual.loss).toBeCloseTo(lossOf(given.layers, given.targets, heavisideRule, loss), 6);
      expectGradients(actual, expectedOf(given, heavisideRule, loss));
    },
  );

  it('has the central differences of the smoothed network as gradients, the reset included', () => {
    const given = example(kind, steps);
    const expected = centralDifferences(given, 'mse');
    expectGradients(expectedOf(given, smoothRule, 'mse'), expected);
    const stepwise = { ...given, task: { ...given.task, registries: { neurons: withoutKernel } } };
    expectGradients(gradientsOf(stepwise, smoothedSurrogate, 'mse'), expected);
  });
});

/** The neuron as it is defined: a fused kernel knows no σ forwards. */
const { fused: _, ...stepwiseNeuron } = integrateAndFire;
const withoutKernel = registry('neuron', [[stepwiseNeuron.kind, stepwiseNeuron]]);

/** σ itself in place of the Heaviside step, and its own derivative. */
const smoothedSurrogate: Surrogate = {
  ...tanhSurrogate,
  fire: (k) => (x: Tensor) => add(mul(tanh(mul(x, k)), 0.5), 0.5),
};

function centralDifferences({ layers, targets }: Example, loss: string): ReferenceGradients {
  const delta = 1e-5;
  const change = (field: 'weights' | 'bias' | 'potentials'): readonly number[] =>
    (layers[0]?.[field] ?? []).map((__, i) => {
      const at = (by: number): number =>
        lossOf(
          layers.map((layer) => ({ ...layer, [field]: layer[field].map((x, j) => (i === j ? x + by : x)) })),
          targets,
          smoothRule,
          loss,
        );
      return (at(delta) - at(-delta)) / (2 * delta);
    });
  const withSlope = (by: number): number =>
    lossOf(
      layers.map((layer) => ({ ...layer, slope: layer.slope + by })),
      targets,
      smoothRule,
      loss,
    );
  return {
    weights: change('weights'),
    bias: change('bias'),
    potentials: change('potentials'),
    slope: (withSlope(delta) - withSlope(-delta)) / (2 * delta),
  };
}
