import { foldBatchNorm, toQuantClip, toSpiking } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import {
  assertValid,
  encodeNetwork,
  evenPadding,
  isSpiking,
  networkBuilder,
  nodeOf,
  parameterOf,
  scalarParameter,
} from '@rheobase/network';
import { clipSite, networkArbitrary, randomParameter } from '@rheobase/testing';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { memory, scalar } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { amsgrad } from './amsgrad.js';
import { calibrate } from './calibrate.js';
import type { Calibration, CalibrationProgress } from './calibration.js';
import type { CalibrationState, CalibrationStore } from './calibration-store.js';
import { initialPotentials } from './initial-potentials.js';
import type { LayerwiseBpttOptions } from './layer-training-settings.js';
import { layerwiseBptt } from './layerwise-bptt.js';
import { lightCalibration } from './light-calibration.js';
import { meanSquaredError } from './mean-squared-error.js';
import { residualSites, residualSource, taskOf } from './tiny-networks.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

const brisk = (options: LayerwiseBpttOptions = {}) =>
  layerwiseBptt({ loss: meanSquaredError, learningRate: 0.01, epochs: 6, batchSize: 5, ...options });

/** A store in memory. */
function memoryStore(): CalibrationStore & { readonly saved: CalibrationState[] } {
  const saved: CalibrationState[] = [];
  return { name: 'memory', saved, load: async () => saved.at(-1), save: async (state) => void saved.push(state) };
}

const withoutSeconds = ({ sites }: Calibration) => sites.map((site) => ({ ...site, seconds: 0 }));

describe('calibration', () => {
  const task = taskOf(residualSource(3), 3);

  it('brings every site nearer to the quantized network, and the held-out loss of none up', async () => {
    const { sites, completed } = await calibrate(task, brisk({ epochs: 20 }), { seed: 1 });
    expect(completed).toBe(true);
    expect(sites.map(({ site }) => site)).toEqual(residualSites);
    for (const { heldOutLoss, bestEpoch, epochs } of sites) {
      expect(heldOutLoss?.after).toBeLessThanOrEqual(heldOutLoss?.before ?? 0);
      expect(bestEpoch).toBeLessThanOrEqual(epochs);
    }
    const sum = (key: 'errorBefore' | 'errorAfter') => sites.reduce((so, site) => so + site[key], 0);
    expect(sum('errorAfter')).toBeLessThan(sum('errorBefore'));
  });

  it('trains a layer’s weights, bias and V(0), and leaves thresholds, shortcuts and the read-out', async () => {
    const larger = taskOf(residualSource(3), 3, { images: 40, heldOut: 20 });
    const { network, sites } = await calibrate(larger, brisk({ epochs: 12, learningRate: 3e-4 }), { seed: 1 });
    const changed = (name: string): boolean => {
      const [is, was] = [parameterOf(network, name).data, parameterOf(larger.spiking, name).data];
      return was.some((value, i) => value !== is[i]);
    };
    for (const name of ['around.weight', 'around.bias', 'dense2.weight', 'dense2.bias'])
      expect(changed(name)).toBe(false);
    for (const site of residualSites) expect(changed(`${site}.threshold`)).toBe(false);
    const trained = sites.filter(({ bestEpoch }) => bestEpoch > 0).map(({ site }) => site);
    expect(trained).toContain('sum');
    for (const name of ['conv3.weight', 'conv3.bias']) expect(changed(name)).toBe(true);
    // 3·3·4·5 weights, 5 biases, 6·6·5 potentials and a slope.
    expect(sites.find(({ site }) => site === 'sum')?.trainedParameters).toBe(180 + 5 + 180 + 1);
    expect(parameterOf(network, 'sum.initialPotential').shape).toEqual([6, 6, 5]);
    // conv1 had no bias.
    expect(parameterOf(network, 'conv1.bias').shape).toEqual([4]);
    assertValid(network);
  });

  it('does not touch the networks, gives the same bytes for the same seed, and frees every tensor', async () => {
    const [quantized, spiking] = [encodeNetwork(task.quantized), encodeNetwork(task.spiking)];
    const before = memory().numTensors;
    for (const method of [initialPotentials(), brisk(), lightCalibration({ rounds: 2 })]) {
      const [one, same] = [await calibrate(task, method, { seed: 4 }), await calibrate(task, method, { seed: 4 })];
      expect(encodeNetwork(same.network)).toEqual(encodeNetwork(one.network));
      expect(withoutSeconds(same)).toEqual(withoutSeconds(one));
    }
    expect(memory().numTensors).toBe(before);
    expect(encodeNetwork(task.quantized)).toEqual(quantized);
    expect(encodeNetwork(task.spiking)).toEqual(spiking);
  });

  it('orders the images by the seed', async () => {
    const [one, other] = [await calibrate(task, brisk(), { seed: 1 }), await calibrate(task, brisk(), { seed: 2 })];
    expect(encodeNetwork(one.network)).not.toEqual(encodeNetwork(other.network));
  });

  it('stops training when the held-out loss has not fallen for as many epochs as its patience', async () => {
    const { sites } = await calibrate(task, brisk({ learningRate: 3, epochs: 50, patience: 3 }), { seed: 1 });
    for (const { epochs, bestEpoch } of sites) expect(epochs - bestEpoch).toBeLessThanOrEqual(3);
  });

  it('moves the potentials of a channel alike where it is told to', async () => {
    const { network } = await calibrate(task, brisk({ potentials: 'channel', epochs: 10 }), { seed: 1 });
    const { data } = parameterOf(network, 'sum.initialPotential');
    for (const [i, value] of data.entries()) expect(value).toBeCloseTo(data[i % 5] ?? 0, 5);
  });

  it('takes another optimizer and a falling rate', async () => {
    const { sites } = await calibrate(task, brisk({ optimizer: amsgrad(), schedule: 'cosine' }), { seed: 1 });
    expect(sites.some(({ bestEpoch }) => bestEpoch > 0)).toBe(true);
  });

  it('calibrates the read-out where the method says so', async () => {
    const method = brisk({ readOut: 'calibrated', epochs: 20 });
    const { sites, network } = await calibrate(task, method, { seed: 1 });
    expect(sites.map(({ site }) => site)).toEqual([...residualSites, 'scores']);
    expect(sites.at(-1)?.heldOutLoss?.after).toBeLessThan(sites.at(-1)?.heldOutLoss?.before ?? 0);
    expect(parameterOf(network, 'dense2.weight').data).not.toEqual(parameterOf(task.spiking, 'dense2.weight').data);
  });

  it('tells of every epoch and of every finished site', async () => {
    const told: CalibrationProgress[] = [];
    const { sites } = await calibrate(task, brisk({ epochs: 2 }), { seed: 1, onProgress: (news) => told.push(news) });
    expect(told.map(({ site, epoch, report }) => [site, epoch, report !== undefined])).toEqual(
      residualSites.flatMap((site) => [
        [site, 0, false],
        [site, 1, false],
        [site, 2, false],
        [site, 2, true],
      ]),
    );
    expect(told.flatMap(({ report }) => report ?? [])).toEqual(sites);
    expect(told.map(({ index, sites: count }) => [index, count]).at(-1)).toEqual([3, 4]);
  });

  it('is the same whatever number of images it runs at a time, but for rounding', async () => {
    const [all, few] = await Promise.all(
      [undefined, 3].map((batchSize) =>
        calibrate(task, initialPotentials(), { seed: 1, ...(batchSize !== undefined && { batchSize }) }),
      ),
    );
    for (const name of residualSites.map((site) => `${site}.initialPotential`)) {
      const expected = parameterOf(all?.network ?? task.spiking, name).data;
      const { data } = parameterOf(few?.network ?? task.spiking, name);
      for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 5);
    }
  });
});

describe('memory', () => {
  /** Convolutions in a row. */
  function deep(depth: number): Network {
    const random = xoroshiro128plus(9);
    const build = networkBuilder();
    let at = build.input('image', [6, 6, 4]);
    for (let layer = 0; layer < depth; layer++) {
      const weight = randomParameter(random, 'weight', [3, 3, 4, 4], -0.3, 0.4);
      at = build.conv2d(`conv${layer}`, at, { weight, padding: evenPadding(1) });
      at = build.activation(`site${layer}`, at, {
        kind: 'clip',
        parameters: { threshold: scalarParameter('threshold', 1) },
      });
    }
    build.output('out', at);
    return build.build();
  }

  it('for recorded values does not grow with depth', async () => {
    const most = async (depth: number): Promise<number> => {
      let bytes = 0;
      await calibrate(taskOf(deep(depth), 4), initialPotentials(), {
        seed: 1,
        onProgress: ({ cachedBytes }) => (bytes = Math.max(bytes, cachedBytes)),
      });
      return bytes;
    };
    const shallow = await most(3);
    expect(shallow).toBeGreaterThan(0);
    expect(await most(9)).toBe(shallow);
    // The spikes of two sites and the activations of two, on 18 images: 18 bytes a step, and a byte for each activation.
    expect(shallow).toBeLessThanOrEqual(18 * 2 * (4 * 18 + 144));
  });
});

describe('any network', () => {
  it('of random form is calibrated, to one that is valid and has the same sites', async () => {
    const before = memory().numTensors;
    await fc.assert(
      fc.asyncProperty(networkArbitrary({ site: clipSite }), async (random) => {
        const task = taskOf(foldBatchNorm(random), 2, { images: 3, heldOut: 2 });
        fc.pre(isSpiking(task.spiking));
        for (const method of [
          initialPotentials(),
          brisk({ epochs: 1, readOut: 'calibrated' }),
          lightCalibration({ rounds: 1 }),
        ]) {
          const { network, sites } = await calibrate(task, method, { seed: 1 });
          assertValid(network);
          expect(network.nodes.map(({ name }) => name)).toEqual(task.spiking.nodes.map(({ name }) => name));
          expect(sites.length).toBeGreaterThanOrEqual(network.nodes.filter(({ op }) => op === 'neuron').length);
        }
      }),
      { seed: 11, numRuns: 12 },
    );
    expect(memory().numTensors).toBe(before);
  });

  it('may share parameters between sites: each gets its own', async () => {
    const build = networkBuilder();
    const random = xoroshiro128plus(2);
    const weight = build.parameter('shared', randomParameter(random, 'weight', [4, 4], -0.6, 0.8));
    const clip = () => ({ kind: 'clip', parameters: { threshold: scalarParameter('threshold', 1) } });
    const x = build.input('x', [4]);
    const a = build.activation('a', build.node({ op: 'dense', name: 'da', inputs: [x], weight }), clip());
    const b = build.activation('b', build.node({ op: 'dense', name: 'db', inputs: [a], weight }), clip());
    build.output('y', b);
    const { network } = await calibrate(taskOf(build.build(), 3), brisk(), { seed: 1 });
    const names = ['da', 'db']
      .map((name) => nodeOf(network, name))
      .flatMap((node) => (node.op === 'dense' ? [node.weight] : []));
    expect(new Set(names).size).toBe(2);
    assertValid(network);
  });

  it('may have signed neurons, or bursts', async () => {
    const clip = taskOf(residualSource(6), 3);
    for (const neuron of ['burst']) {
      const spiking = toSpiking(clip.quantized, { neuron });
      const { completed } = await calibrate({ ...clip, spiking }, brisk({ epochs: 2 }), { seed: 1 });
      expect(completed).toBe(true);
    }
    const source = residualSource(6);
    const leaky: Network = {
      ...source,
      nodes: source.nodes.map((node) =>
        node.op === 'activation'
          ? {
              ...node,
              activation: { ...node.activation, kind: 'leaky-quant-clip', attributes: { levels: 3, slope: 0.1 } },
            }
          : node,
      ),
    };
    const quantized = toQuantClip(leaky, { levels: 3 });
    const { sites } = await calibrate({ ...clip, quantized, spiking: toSpiking(quantized) }, brisk({ epochs: 2 }), {
      seed: 1,
    });
    expect(sites).toHaveLength(4);
  });
});

describe('a calibration with a store', () => {
  const task = taskOf(residualSource(3), 2);

  it('goes on behind the last finished site after it was stopped anywhere, with the same result', async () => {
    const whole = await calibrate(task, brisk({ epochs: 3 }), { seed: 7 });
    for (const stopAt of [1, 4, 6, 11]) {
      const store = memoryStore();
      let [events, runs] = [0, 0];
      let result: Calibration | undefined;
      while (result?.completed !== true) {
        const controller = new AbortController();
        runs++;
        result = await calibrate(task, brisk({ epochs: 3 }), {
          seed: 7,
          store,
          signal: controller.signal,
          onProgress: () => {
            if (++events === stopAt) controller.abort();
          },
        });
      }
      expect(runs).toBe(2);
      expect(encodeNetwork(result.network)).toEqual(encodeNetwork(whole.network));
      expect(withoutSeconds(result)).toEqual(withoutSeconds(whole));
      expect(store.saved).toHaveLength(residualSites.length);
    }
  });

  it('gives what is there when all is done', async () => {
    const store = memoryStore();
    const first = await calibrate(task, brisk({ epochs: 1 }), { seed: 7, store });
    const again = await calibrate(task, brisk({ epochs: 1 }), { seed: 7, store });
    expect(again).toEqual(first);
    expect(store.saved).toHaveLength(residualSites.length);
  });

  it('refuses a state of another calibration, naming what differs', async () => {
    const store = memoryStore();
    await calibrate(task, brisk({ epochs: 1 }), { seed: 7, store });
    const other = (given: Partial<typeof task>, seed = 7, options: LayerwiseBpttOptions = {}) =>
      calibrate({ ...task, ...given }, brisk({ epochs: 1, ...options }), { seed, store });
    await expect(other({}, 8)).rejects.toThrow(/memory.*'seed' was 7 and is 8/);
    await expect(other({ steps: 3 })).rejects.toThrow(/'steps' was 2 and is 3/);
    await expect(other({ heldOut: task.calibration })).rejects.toThrow(/'heldOut' differs/);
    await expect(other({ spiking: taskOf(residualSource(4), 2).spiking })).rejects.toThrow(/'spiking' differs/);
    await expect(other({}, 7, { patience: 5 })).rejects.toThrow(/'method.patience' was 100 and is 5/);
  });
});

describe('what cannot be calibrated', () => {
  const task = taskOf(residualSource(3), 2);
  const run = (changed: Partial<typeof task>) => calibrate({ ...task, ...changed }, initialPotentials(), { seed: 1 });

  it('is refused by name: batch norms, sites of one network only, images that do not fit', async () => {
    const { quantized, spiking, calibration } = task;
    await expect(run({ spiking: quantized })).rejects.toThrow(
      /first, inner, sum, hidden: an activation in the spiking network/,
    );
    await expect(run({ quantized: spiking })).rejects.toThrow(/must be analog/);
    const { quantized: other } = taskOf(residualSource(3), 2);
    const renamed: Network = {
      ...other,
      nodes: other.nodes
        .map((node) => (node.name === 'first' ? { ...node, name: 'erste' } : node))
        .map((node) => rewire(node)),
    };
    await expect(run({ quantized: renamed })).rejects.toThrow(/first: .*no site.*\n?.*erste|erste: .*no site/s);
    await expect(run({ calibration: { shape: [2, 6, 6, 3], images: new Float32Array(216) } })).rejects.toThrow(
      /calibration images are \[2, 6, 6, 3\].*'image' takes \[N, 6, 6, 2\]/,
    );
    await expect(run({ heldOut: { shape: [0, 6, 6, 2], images: new Float32Array(0) } })).rejects.toThrow(
      /no heldOut images/,
    );
    const broken = { ...calibration, images: calibration.images.map((x, i) => (i === 80 ? Number.NaN : x)) };
    await expect(run({ calibration: broken })).rejects.toThrow(/Image 1 of the calibration images holds NaN/);
    await expect(run({ steps: 0 })).rejects.toThrow(/time steps/);

    function rewire(node: Network['nodes'][number]): Network['nodes'][number] {
      const inputs = node.inputs.map((name) => (name === 'first' ? 'erste' : name));
      if (node.op === 'conv2d' && inputs[0] !== undefined) return { ...node, inputs: [inputs[0]] };
      return node.op === 'add' ? { ...node, inputs } : node;
    }
  });

  it('tells of batch norms how to fold them', async () => {
    const build = networkBuilder();
    const random = xoroshiro128plus(2);
    const vector = (role: 'scale' | 'bias' | 'statistic') => randomParameter(random, role, [4], 0.5, 1);
    const x = build.input('image', [6, 6, 2]);
    const conv = build.conv2d('conv', x, { weight: randomParameter(random, 'weight', [1, 1, 2, 4], -1, 1) });
    const norm = build.batchNorm('norm', conv, {
      scale: vector('scale'),
      offset: vector('bias'),
      mean: vector('statistic'),
      variance: vector('statistic'),
      epsilon: 1e-5,
    });
    const parts = {
      threshold: scalarParameter('threshold', 1),
      initialPotential: scalarParameter('initialPotential', 0.5),
    };
    build.output('y', build.neuron('a', norm, { kind: 'if', parameters: parts }));
    await expect(run({ spiking: build.build() })).rejects.toThrow(/norm: .*foldBatchNorm/);
  });

  it('is an option out of range', async () => {
    expect(() => layerwiseBptt({ learningRate: 0 })).toThrow(/'learningRate' of layerwiseBptt is 0/);
    expect(() => layerwiseBptt({ epochs: 1.5 })).toThrow(/'epochs' of layerwiseBptt is 1.5/);
    expect(() => lightCalibration({ rounds: 0 })).toThrow(/'rounds' of lightCalibration is 0/);
    await expect(calibrate(task, initialPotentials(), { seed: 0.5 })).rejects.toThrow(/'seed'/);
    await expect(calibrate(task, initialPotentials(), { seed: 1, batchSize: 0 })).rejects.toThrow(/'batchSize'/);
  });

  it('is a loss that is not finite: the site is named, and the rate', async () => {
    const broken = { ...meanSquaredError, evaluate: () => scalar(Number.NaN) };
    const method = brisk({ loss: broken });
    await expect(calibrate(task, method, { seed: 1 })).rejects.toThrow(/at the site '\w+'.*learning rate/);
  });
});
