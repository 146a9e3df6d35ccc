import { bind, countCorrect, disposeResult, startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { float32Parameter } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { memory, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamW } from './adamw.js';
import type { Checkpoint, CheckpointStore } from './checkpoint.js';
import { distillation } from './distillation.js';
import { fit } from './fit.js';
import type { FitOptions, FitResult } from './fit-options.js';
import { analogForward } from './analog-forward.js';
import { heldOutAccuracy } from './held-out-accuracy.js';
import { constantRate, cosine } from './schedule.js';
import { sgd } from './sgd.js';
import { stepSizeScales } from './step-size-scales.js';
import { teacherFrom } from './teacher.js';
import { halves, halvesSource, tinyNetwork } from './tiny-task.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

const settings = { epochs: 2, schedule: cosine(0.05), seed: 0 } as const;

async function trained(
  options: Partial<FitOptions> = {},
  network = tinyNetwork(),
  batches = 20,
): Promise<{ readonly network: Network; readonly result: FitResult }> {
  const bound = bind(network);
  try {
    const result = await fit(bound, halvesSource(batches), { ...settings, ...options });
    return { network: bound.snapshot(), result };
  } finally {
    bound.dispose();
  }
}

const valuesOf = ({ parameters }: Network) => [...parameters].map(([name, { data }]) => [name, data] as const);
const changed = (network: Network, before = tinyNetwork()) =>
  valuesOf(network)
    .filter(([name, data]) => data.join() !== before.parameters.get(name)?.data.join())
    .map(([name]) => name);

const heldOut = heldOutAccuracy(async function* () {
  yield halves(100, 77);
});

/** A store that keeps every checkpoint. */
function inMemory(): CheckpointStore & { readonly kept: Checkpoint[] } {
  const kept: Checkpoint[] = [];
  return {
    name: 'memory',
    kept,
    load: async () => kept.at(-1),
    save: async (checkpoint) => void kept.push(checkpoint),
  };
}

describe('fit', () => {
  it('learns to tell images apart, with running statistics good enough for inference', async () => {
    const bound = bind((await trained({ optimizer: sgd({ weightDecay: { weight: 1e-4 } }) })).network);
    const test = halves(200, 99);
    const images = tensor(test.images, [...test.shape]);
    const result = bound.run(images);
    expect(countCorrect(result.outputs.get('y')?.dataSync() ?? [], test.labels)).toBeGreaterThan(190);
    disposeResult(result);
    images.dispose();
    bound.dispose();
  });

  it('gives the same bytes for the same seed, and others for another where training is noisy', async () => {
    const noisy = tinyNetwork('quant-clip');
    const [first, second, other] = [
      await trained({ seed: 3 }, noisy),
      await trained({ seed: 3 }, noisy),
      await trained({ seed: 4 }, noisy),
    ];
    expect(valuesOf(second.network)).toEqual(valuesOf(first.network));
    expect(valuesOf(other.network)).not.toEqual(valuesOf(first.network));
  });

  it('trains θ, and leaves no tensor behind, whatever is asked for', async () => {
    const before = memory().numTensors;
    const { network } = await trained();
    expect(network.parameters.get('site.threshold')?.data[0]).not.toBe(2);
    const teacher = bind(network);
    await trained({
      loss: distillation(),
      teacher: teacherFrom(teacher),
      optimizer: adamW(),
      clipNorm: 0.1,
      microBatch: 5,
      averageDecay: 0.9,
      validate: heldOut,
    });
    teacher.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('stops when the loss is no longer finite, naming the batch and what to do', async () => {
    const before = memory().numTensors;
    await expect(trained({ epochs: 1, schedule: constantRate(1e30) })).rejects.toThrow(
      /The loss is (NaN|Infinity) at batch \d+ of epoch 0\. Lower the learning rate/,
    );
    expect(memory().numTensors).toBe(before);
  });

  it('trains only what is chosen, and refuses to train nothing', async () => {
    const { network } = await trained({
      epochs: 1,
      trains: (name, role) => role === 'threshold' || name === 'fc.bias',
    });
    expect(changed(network)).toEqual(['bn.mean', 'bn.variance', 'site.threshold', 'fc.bias']);
    await expect(trained({ trains: () => false })).rejects.toThrow(
      /None of the network's 8 parameters is to be trained/,
    );
  });

  it('leaves running statistics as they are, and trains with them, where batch norms are frozen', async () => {
    const { network } = await trained({ epochs: 1, forward: analogForward({ batchNorms: 'running' }) });
    expect(changed(network)).toEqual([
      'conv.weight',
      'bn.scale',
      'bn.offset',
      'site.threshold',
      'fc.weight',
      'fc.bias',
    ]);
  });

  it('takes a step no longer than clipNorm allows', async () => {
    const { network } = await trained(
      { epochs: 1, schedule: constantRate(1), optimizer: sgd({ momentum: 0 }), clipNorm: 1e-3 },
      tinyNetwork(),
      1,
    );
    const start = tinyNetwork();
    let squares = 0;
    for (const [name, { role, data }] of network.parameters) {
      if (role === 'statistic') continue;
      for (const [i, value] of data.entries()) squares += (value - (start.parameters.get(name)?.data[i] ?? 0)) ** 2;
    }
    expect(Math.sqrt(squares)).toBeCloseTo(1e-3, 5);
  });

  it('multiplies the gradients of parameters by their scales, and refuses scales of others', async () => {
    const one = { epochs: 1, schedule: constantRate(0.1), optimizer: sgd({ momentum: 0 }) } as const;
    const moved = async (gradientScales?: ReadonlyMap<string, number>): Promise<number> => {
      const { network } = await trained({ ...one, ...(gradientScales && { gradientScales }) }, tinyNetwork(), 1);
      return (network.parameters.get('site.threshold')?.data[0] ?? 0) - 2;
    };
    const plain = await moved();
    expect(plain).not.toBe(0);
    expect(await moved(new Map([['site.threshold', 0.25]]))).toBeCloseTo(plain / 4, 6);
    await expect(moved(new Map([['sight.threshold', 1]]))).rejects.toThrow(/names 'sight\.threshold'.*site\.threshold/);
    await expect(moved(new Map([['site.threshold', 0]]))).rejects.toThrow(/'site\.threshold'' of fit is 0.*positive/);
  });

  it('keeps every θ at a hundredth of its start or more, with its sign', async () => {
    for (const start of [2, -2]) {
      const plain = tinyNetwork();
      const parameters = new Map(plain.parameters).set('site.threshold', float32Parameter('threshold', [], [start]));
      const { network } = await trained(
        { epochs: 1, schedule: constantRate(1e4), trains: (_, role) => role === 'threshold' },
        { ...plain, parameters },
      );
      const theta = network.parameters.get('site.threshold')?.data[0] ?? 0;
      expect(Math.sign(theta)).toBe(Math.sign(start));
      expect(Math.abs(theta)).toBeGreaterThanOrEqual(0.0199999);
    }
  });

  it('brings values inside the network near those of its teacher where it is asked to', async () => {
    const teaching = bind((await trained()).network);
    const distance = async (features: Readonly<Record<string, number>>): Promise<number> => {
      const teacher = teacherFrom(teaching);
      const { network } = await trained({ loss: distillation({ weight: 1, features }), teacher });
      const student = bind(network);
      const test = halves(100, 5);
      const images = tensor(test.images, [...test.shape]);
      const [own, goal] = [student, teaching].map((bound) => {
        const result = bound.run(images, { record: ['site'] });
        const values = Float32Array.from(result.recorded.get('site')?.dataSync() ?? []);
        disposeResult(result);
        return values;
      });
      images.dispose();
      student.dispose();
      return Math.hypot(...(own ?? []).map((value, i) => value - (goal?.[i] ?? 0)));
    };
    expect(await distance({ site: 10 })).toBeLessThan(0.7 * (await distance({})));
    await expect(
      trained({ loss: distillation({ features: { site: 1 } }), teacher: { logits: teacherFrom(teaching).logits } }),
    ).rejects.toThrow(/values of 'site', but the teacher gave none/);
    teaching.dispose();
  });

  it('learns what a teacher knows where labels count for nothing', async () => {
    const bound = bind((await trained()).network);
    const { network } = await trained({ loss: distillation({ weight: 1 }), teacher: teacherFrom(bound) });
    const student = bind(network);
    expect(await heldOut(student)).toBeGreaterThan(0.9);
    for (const one of [bound, student]) one.dispose();
  });

  it('sums micro-batches to the gradient of the whole batch, where batch norms are frozen', async () => {
    const options = { epochs: 1, forward: analogForward({ batchNorms: 'running' }) };
    const [whole, parts] = [await trained(options), await trained({ ...options, microBatch: 5 })];
    for (const [name, data] of valuesOf(parts.network)) {
      const expected = whole.network.parameters.get(name)?.data ?? [];
      expect([...data]).toEqual([...expected].map((value) => expect.closeTo(value, 4)));
    }
  });

  it('keeps the average of the weights where it is asked to', async () => {
    const [raw, averaged] = [await trained(), await trained({ averageDecay: 0.99 })];
    expect(changed(averaged.network, raw.network)).toContain('fc.weight');
    const bound = bind(averaged.network);
    expect(await heldOut(bound)).toBeGreaterThan(0.9);
    bound.dispose();
  });

  it('keeps the epoch with the highest score, the first of several, and tells every score', async () => {
    const scores = [0.3, 0.8, 0.8, 0.5];
    let seen: Network[] = [];
    const run = (keep?: 'best' | 'last') => {
      seen = [];
      return trained({
        epochs: 4,
        validate: (bound) => {
          seen.push(bound.snapshot());
          return scores[seen.length - 1] ?? 0;
        },
        ...(keep && { keep }),
      });
    };
    const { network, result } = await run();
    expect(result.best).toEqual({ epoch: 1, score: 0.8 });
    expect(result.history.map(({ score }) => score)).toEqual(scores);
    expect(valuesOf(network)).toEqual(seen[1] && valuesOf(seen[1]));
    const last = await run('last');
    expect(valuesOf(last.network)).toEqual(seen[3] && valuesOf(seen[3]));
  });

  it('ends when the score has not risen for as many epochs as patience allows, and stays so when it is resumed', async () => {
    const scores = [0.3, 0.8, 0.8, 0.5, 0.9];
    const store = inMemory();
    let validated = 0;
    const options: Partial<FitOptions> = {
      epochs: 5,
      patience: 2,
      checkpoints: { store },
      validate: () => scores[validated++] ?? 0,
    };
    const once = await trained(options);
    expect(once.result).toMatchObject({ completed: true, best: { epoch: 1, score: 0.8 } });
    expect(once.result.history).toHaveLength(4);
    const again = await trained(options);
    expect(validated).toBe(4);
    expect(again.result.completed).toBe(true);
    expect(valuesOf(again.network)).toEqual(valuesOf(once.network));
    await expect(trained({ patience: 2 })).rejects.toThrow(/'patience' of fit is 2, but without 'validate'/);
  });

  it('validates averaged weights, and trains on with its own', async () => {
    const plain = await trained({ averageDecay: 0.9 });
    const validated = await trained({ averageDecay: 0.9, validate: () => 1, keep: 'last' });
    expect(valuesOf(validated.network)).toEqual(valuesOf(plain.network));
  });

  it('reports progress after every batch, and a record after every epoch', async () => {
    const batches: number[] = [];
    const epochs: number[] = [];
    const { result } = await trained({
      onBatch: ({ batch, imagesPerSecond, secondsLeft }) => {
        batches.push(batch);
        expect(imagesPerSecond).toBeGreaterThan(0);
        expect(secondsLeft === 0).toBe(batch === 40);
      },
      onEpoch: ({ epoch, loss }) => epochs.push(epoch, loss),
    });
    expect(batches).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(epochs).toEqual([0, expect.any(Number), 1, expect.any(Number)]);
    expect(result).toMatchObject({ completed: true, imagesPerSecond: expect.any(Number) });
    expect(result.history[1]?.loss).toBeLessThan(result.history[0]?.loss ?? 0);
  });

  it('refuses options out of range, naming them', async () => {
    await expect(trained({ microBatch: 0 })).rejects.toThrow(
      /The option 'microBatch' of fit is 0; it must be an integer/,
    );
    await expect(trained({ clipNorm: Number.NaN })).rejects.toThrow(/'clipNorm' of fit is NaN/);
    await expect(trained({ validate: () => Number.NaN })).rejects.toThrow(/`validate` of fit gave NaN/);
  });

  it('refuses a source that gives other batches than it promised', async () => {
    const bound = bind(tinyNetwork());
    const source = { ...halvesSource(2), batchesPerEpoch: 3 };
    await expect(fit(bound, source, settings)).rejects.toThrow(/gave 2 batches in epoch 0, but promised 3/);
    bound.dispose();
  });
});

const everything = {
  epochs: 3,
  optimizer: adamW({ weightDecay: { weight: 1e-3 } }),
  averageDecay: 0.9,
  microBatch: 6,
  validate: heldOut,
} as const satisfies Partial<FitOptions>;

describe('a run with checkpoints', () => {
  it('ends with the same bytes and history from wherever it is resumed', async () => {
    const noisy = tinyNetwork('quant-clip');
    const store = inMemory();
    const whole = await trained({ ...everything, checkpoints: { store, everyBatches: 1 } }, noisy, 4);
    expect(store.kept).toHaveLength(3 * (4 + 1));
    const unkept = await trained(everything, noisy, 4);
    expect(valuesOf(unkept.network)).toEqual(valuesOf(whole.network));
    for (const checkpoint of store.kept) {
      const from: CheckpointStore = { ...inMemory(), load: async () => checkpoint };
      const resumed = await trained({ ...everything, checkpoints: { store: from } }, noisy, 4);
      expect(valuesOf(resumed.network)).toEqual(valuesOf(whole.network));
      expect({ ...resumed.result, imagesPerSecond: 0 }).toEqual({ ...whole.result, imagesPerSecond: 0 });
    }
  });

  it('does so with features distilled and gradients scaled', async () => {
    const teaching = bind(tinyNetwork());
    const options = {
      ...everything,
      epochs: 2,
      loss: distillation({ weight: 1, features: { site: 1 } }),
      teacher: teacherFrom(teaching),
      gradientScales: stepSizeScales(tinyNetwork('quant-clip')),
    };
    const store = inMemory();
    const noisy = tinyNetwork('quant-clip');
    const whole = await trained({ ...options, checkpoints: { store, everyBatches: 3 } }, noisy, 4);
    for (const checkpoint of store.kept) {
      const from: CheckpointStore = { ...inMemory(), load: async () => checkpoint };
      const resumed = await trained({ ...options, checkpoints: { store: from } }, noisy, 4);
      expect(valuesOf(resumed.network)).toEqual(valuesOf(whole.network));
    }
    const { gradientScales: _, ...unscaled } = options;
    await expect(trained({ ...unscaled, checkpoints: { store } }, noisy, 4)).rejects.toThrow(
      /'gradientScales\.site\.threshold' was [\d.]+ and is not set/,
    );
    teaching.dispose();
  });

  it('stops after the batch when its signal says so, with a checkpoint to go on from', async () => {
    const store = inMemory();
    const whole = await trained({ averageDecay: 0.9 }, tinyNetwork(), 4);
    for (const stopAt of [2, 4, 7]) {
      const controller = new AbortController();
      const { result } = await trained(
        {
          averageDecay: 0.9,
          checkpoints: { store },
          signal: controller.signal,
          onBatch: ({ batch }) => {
            if (batch === stopAt) controller.abort();
          },
        },
        tinyNetwork(),
        4,
      );
      expect(result.completed).toBe(false);
      expect(store.kept.at(-1)?.position).toMatchObject({
        epoch: stopAt > 4 ? 1 : 0,
        batchOfEpoch: stopAt > 4 ? 3 : stopAt,
      });
    }
    const { network, result } = await trained({ averageDecay: 0.9, checkpoints: { store } }, tinyNetwork(), 4);
    expect(result.completed).toBe(true);
    expect(valuesOf(network)).toEqual(valuesOf(whole.network));
  });

  it('is not resumed with other settings, another network or another length: the fields are named', async () => {
    const store = inMemory();
    const configuration = { dataset: 'halves', augmentation: { flip: true } };
    await trained({ epochs: 1, configuration, checkpoints: { store } }, tinyNetwork(), 2);
    const again = (options: Partial<FitOptions>, network = tinyNetwork()) =>
      trained({ epochs: 1, configuration, ...options, checkpoints: { store } }, network, 2);
    await expect(again({ seed: 5 })).rejects.toThrow(/memory: .*other settings: 'seed' was 0 and is 5\. Resume with/);
    await expect(again({ optimizer: sgd({ momentum: 0.5 }) })).rejects.toThrow(
      /'optimizer\.momentum' was 0\.9 and is 0\.5/,
    );
    await expect(again({ optimizer: adamW() })).rejects.toThrow(/'optimizer\.kind' was "sgd" and is "adamw"/);
    await expect(again({ schedule: constantRate(1) })).rejects.toThrow(
      /settings: the highest learning rate was [\d.]+ and is 1\. Resume/,
    );
    await expect(again({ configuration: { ...configuration, augmentation: {} } })).rejects.toThrow(
      /'configuration\.augmentation\.flip' was true and is not set/,
    );
    await expect(again({}, tinyNetwork('quant-clip'))).rejects.toThrow(/'network\.nodes' differs/);
    await expect(again({ epochs: 2 })).rejects.toThrow(/'epochs' was 1 and is 2/);
    expect((await again({})).result.completed).toBe(true);
  });
});
