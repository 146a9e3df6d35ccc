import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BoxSource, scenes } from '@rheobase/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectionExperimentSchema } from '../experiment/detection-schema.js';
import { readRun } from '../reading/read-run.js';
import type { RunMeans } from '../runner/plan.js';
import { runPlan } from '../runner/run-plan.js';
import { StoppedEarly } from '../runner/stopped-early.js';
import { detectionPlan, type DetectionRun } from './detection-plan.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-detection-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const experiment = detectionExperimentSchema.parse({
  task: 'detection',
  paper: { title: 'none', reference: 'none' },
  table: 'none',
  description: 'as small as it gets',
  data: { dataset: 'scenes', heldOut: 4, trainImages: 16, calibration: 8, earlyStopping: 4 },
  detector: {
    model: 'yolo-small',
    options: { widths: [4, 6, 8], inputShape: [48, 48, 3] },
    epochs: 2,
    learningRate: 0.01,
    batchSize: 8,
  },
  steps: [2],
  stageOne: { epochs: 1, learningRate: 0.001, batchSize: 8 },
  stageTwo: { passes: ['potentials', 'bptt'], bptt: { loss: 'mse', epochs: 1, batchSize: 8 } },
  endToEnd: { epochs: 1, learningRate: 0.001, batchSize: 8 },
  budget: { minutes: 1, cores: 1 },
  expected: null,
  reason: 'it is a test',
});

const run = async (out: string, more: Partial<DetectionRun & RunMeans> = {}) => {
  const given = {
    experiment,
    out: join(folder, out),
    openTraining: async () => scenes({ split: 'train', length: 20 }),
    openTest: async () => scenes({ split: 'test', length: 4 }),
    ...more,
  };
  return runPlan(detectionPlan(given), given);
};

describe('an experiment on a detector', () => {
  it('goes through every stage, and after an interruption to the same result', async () => {
    const stages: string[] = [];
    const whole = await run('whole', { onStage: ({ name }) => stages.push(name) });
    expect(stages).toEqual(['sourceUnfolded', 'source', 'quantClip', 'converted', 'potentials', 'bptt', 'endToEnd']);
    expect(Object.keys(whole.stages)).toEqual(stages.slice(3));
    expect(await readRun(join(folder, 'whole'))).toMatchObject({
      task: 'detection',
      model: 'yolo-small',
      best: whole.network,
      provenance: { 'SHA-256 of endToEnd': whole.sha256['endToEnd'] },
    });
    const metrics = await readFile(join(folder, 'whole', 'metrics.jsonl'), 'utf8');
    // Every stage, and the test of all but the training.
    expect(metrics.match(/"event":"done"/g)).toHaveLength(2 * stages.length - 1);
    expect(whole.stages['converted']?.at.map(({ steps }) => steps)).toEqual([1, 2]);
    expect(JSON.parse(await readFile(join(folder, 'whole', 'result.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(whole)),
    );

    const stop = new AbortController();
    const stopped = run('parted', {
      signal: stop.signal,
      onStage: ({ name }) => name === 'sourceUnfolded' && stop.abort(),
    });
    await expect(stopped).rejects.toThrow(StoppedEarly);
    const resumed = await run('parted');
    expect({ ...resumed, seconds: {} }).toEqual({ ...whole, seconds: {} });
    const [text, other] = ['parted', 'whole'].map(async (name) => {
      const written = await readFile(join(folder, name, 'result.json'), 'utf8');
      return JSON.stringify(JSON.parse(written, (key, value: unknown) => (key === 'seconds' ? null : value)));
    });
    expect(await text).toBe(await other);
  }, 240_000);

  it('on the event engine’s threads, with the plain kernels and on the first test images alone, says so in its folder', async () => {
    const choices = { engine: 'event', deterministic: true, testImages: 2 } as const;
    const short = {
      ...experiment,
      endToEnd: undefined,
      stageTwo: { ...experiment.stageTwo, passes: ['potentials'] },
    } as const;
    const one = await run('one-thread', { experiment: short, ...choices });
    const two = await run('two-threads', { experiment: short, ...choices, threads: 2 });
    expect(one.images).toBe(2);
    expect({ ...two, seconds: {} }).toEqual({ ...one, seconds: {} });
    const { test = 0, total = 0, ...stages } = one.seconds;
    expect(total).toBeCloseTo(Object.values(stages).reduce((sum, own) => sum + own, test));
    const configured = JSON.parse(await readFile(join(folder, 'one-thread', 'config.json'), 'utf8')) as object;
    expect(configured).toMatchObject({ run: { data: { testImages: 2 }, engine: 'event', kernels: 'plain' } });
    await expect(run('one-thread', { experiment: short, ...choices, testImages: 3 })).rejects.toThrow(
      /holds another run: 'data\.testImages' was 2 and is 3/,
    );
  }, 240_000);

  it('is refused where an image or an annotation has changed since, with the name of the set', async () => {
    const opening = (change: (source: BoxSource) => Partial<BoxSource>) => async (): Promise<BoxSource> => {
      const source = scenes({ split: 'train', length: 20 });
      return { ...source, ...change(source) };
    };
    for (const index of [0, 19]) {
      const image = opening(({ fingerprint }) => ({
        fingerprint: async (at) => (at === index ? 'another file' : ((await fingerprint?.(at)) ?? '')),
      }));
      const annotation = opening((source) => ({
        annotation: (at) => ({ ...source.annotation(at), ...(at === index && { objects: [] }) }),
      }));
      for (const openTraining of [image, annotation]) {
        await expect(run('whole', { openTraining })).rejects.toThrow(
          /whole holds another run: images of "scenes", or their annotations, have changed \(those for /,
        );
      }
    }
  });

  it('is refused a folder of another run, and too few images', async () => {
    const other = { ...experiment, steps: [4] };
    await expect(run('whole', { experiment: other })).rejects.toThrow(/holds another run/);
    const openTraining = async (): Promise<BoxSource> => scenes({ split: 'train', length: 10 });
    await expect(run('few', { openTraining })).rejects.toThrow(/Use fewer/);
  });
});
