import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparisonPlan, type ComparisonRun, isComparison } from './comparison-plan.js';
import { type ComparisonResult, spreadOf } from './comparison-result.js';
import { parseExperiment } from '../experiment/experiment-file.js';
import { openSplit } from '../stages/open-split.js';
import { reproduce } from '../two-stage/reproduce.fixture.js';
import { smokeExperiment } from '../smoke/smoke.js';
import { tinyComparison } from './tiny-comparison.fixture.js';
import { tinyExperiment } from '../two-stage/tiny-experiment.fixture.js';
import type { RunMeans } from '../runner/plan.js';
import { runPlan } from '../runner/run-plan.js';
import { StoppedEarly } from '../runner/stopped-early.js';

const experiment = parseExperiment(tinyComparison, 'tiny.yaml');

let parent = '';
let whole: ComparisonResult;

async function run(name: string, more: Partial<ComparisonRun & RunMeans> = {}): Promise<ComparisonResult> {
  const given = {
    experiment,
    out: join(parent, name),
    deterministic: true,
    openTraining: () => openSplit('glyphs', { split: 'train' }),
    openTest: () => openSplit('glyphs', { split: 'test' }),
    ...more,
  };
  return runPlan(await comparisonPlan(given), given);
}

/** Everything but times, and where the code stood. */
function figures(result: ComparisonResult): unknown {
  const methods = result.methods.map((method) => ({ ...method, conversion: undefined, test: undefined }));
  return { ...result, seconds: undefined, versions: undefined, methods };
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rheobase-comparison-'));
  whole = await run('whole');
}, 120_000);
afterAll(() => rm(parent, { recursive: true, force: true }));

describe('comparing methods', () => {
  it('gives one row a method, T and seed: accuracy, firing rate, operations, energy', () => {
    const keys = whole.rows.map(({ method, steps, seed }) => `${method} ${steps} ${seed}`);
    const expected = ['qcfs', 'srp', 'burst'].flatMap((method) =>
      [0, 3].flatMap((seed) => [`${method} 1 ${seed}`, `${method} 4 ${seed}`]),
    );
    expect(keys.toSorted()).toEqual([...expected, 'light 2 0', 'light 2 3'].toSorted());
    for (const { firingRate, sopsPerImage, energyRatio } of whole.rows) {
      expect(firingRate).toBeGreaterThanOrEqual(0);
      expect(sopsPerImage).toBeGreaterThanOrEqual(0);
      expect(energyRatio).toBeGreaterThan(0);
    }
    expect(whole).toMatchObject({ images: 60, ann: expect.any(Number), quantized: { levels: 4 } });
  });

  it('has no accuracy where T passes before there is an answer, and counts those steps', () => {
    const rowOf = (method: string, steps: number) =>
      whole.rows.find((row) => row.method === method && row.steps === steps);
    expect(rowOf('srp', 1)?.accuracy).toBeNull();
    expect(rowOf('srp', 4)?.accuracy).toEqual(expect.any(Number));
    // The first step is the same network's, from the same potentials.
    expect(rowOf('srp', 1)?.sopsPerImage).toBe(rowOf('qcfs', 1)?.sopsPerImage);
    expect(whole.methods.find(({ name }) => name === 'srp')).toMatchObject({
      stepsBefore: 2,
      needs: { images: 'none' },
    });
  });

  it('draws images by seed where a method takes any, and measures the others once', () => {
    const seeded = Object.fromEntries(whole.methods.map(({ name, seeded: drawn }) => [name, drawn]));
    expect(seeded).toEqual({ qcfs: false, srp: false, burst: true, light: true });
    const [first, second] = whole.rows.filter(({ method }) => method === 'light');
    expect(first?.sopsPerImage).not.toBe(second?.sopsPerImage);
  });

  it('says which engine computed: the event engine, which has all of these neurons', () => {
    const engines = Object.fromEntries(whole.methods.map(({ name, engine }) => [name, engine]));
    expect(engines).toEqual({ qcfs: 'event', srp: 'event', burst: 'event', light: 'event' });
  });

  it('gives mean and standard deviation over the seeds', () => {
    const cell = whole.table.find(({ method }) => method === 'light');
    const accuracies = whole.rows
      .filter(({ method }) => method === 'light')
      .map(({ accuracy }) => accuracy ?? Number.NaN);
    expect(cell?.accuracy).toEqual(spreadOf(accuracies));
    expect(spreadOf([0.5, 0.75, 0.25])).toEqual({ mean: 0.5, deviation: 0.25 });
    expect(spreadOf([0.5])).toEqual({ mean: 0.5, deviation: 0 });
  });

  it('sets published figures beside its own, at the same total latency', () => {
    expect(whole.published).toMatchObject([
      { method: 'srp', steps: 4, accuracy: 0.5, verdict: { kind: 'not comparable' } },
    ]);
  });

  it('is killed and goes on: to the same figures, without measuring again what it has', async () => {
    const controller = new AbortController();
    const measured: string[] = [];
    const stopped = run('stopped', {
      signal: controller.signal,
      onUnit: ({ unit }) => {
        measured.push(unit.name);
        if (measured.length === 2) controller.abort();
      },
    });
    await expect(stopped).rejects.toThrow(StoppedEarly);
    const before = await readdir(join(parent, 'stopped', 'stages'));
    expect(before.filter((name) => name.startsWith('method-'))).toHaveLength(2);
    const first = await readFile(join(parent, 'stopped', 'stages', 'method-qcfs-seed-0-T-1-4.json'), 'utf8');
    const result = await run('stopped');
    expect(figures(result)).toEqual(figures(whole));
    expect(await readFile(join(parent, 'stopped', 'stages', 'method-qcfs-seed-0-T-1-4.json'), 'utf8')).toBe(first);
    expect(JSON.stringify(figures(result))).toBe(JSON.stringify(figures(whole)));
    const kept: unknown = JSON.parse(await readFile(join(parent, 'stopped', 'result.json'), 'utf8'));
    expect(kept).toEqual(JSON.parse(JSON.stringify(result)));
  });

  it('takes one T and one seed where it is told to, and frees every tensor', async () => {
    const before = memory().numTensors;
    const result = await run('part', { choices: { steps: 4, seed: 3, testImages: 20 } });
    expect(memory().numTensors).toBe(before);
    expect(result.rows.map(({ method, steps, seed }) => `${method} ${steps} ${seed}`)).toEqual([
      'qcfs 4 3',
      'srp 4 3',
      'burst 4 3',
    ]);
    expect(result.images).toBe(20);
  });

  it('says which methods it leaves out at a T that is none of their own, after it says that it begins', async () => {
    const told: string[] = [];
    const result = await run('left-out', {
      choices: { steps: 4, seed: 0 },
      onBegin: () => told.push('started'),
      onNotice: (notice) => told.push(notice),
    });
    expect(told).toEqual(['started', 'Skipped at T = 4, because the file runs them only at other T: light (T = 2).']);
    expect(result.methods.map(({ name }) => name)).not.toContain('light');
  });

  it('is told from an experiment of the two-stage method, and neither runs as the other', async () => {
    const other = parseExperiment(tinyExperiment, 'tiny.yaml');
    expect([isComparison(experiment), isComparison(other)]).toEqual([true, false]);
    await expect(run('other', { experiment: other })).rejects.toThrow(/not a comparison of methods/);
    const open = () => openSplit('glyphs', {});
    await expect(
      reproduce({ experiment, out: join(parent, 'wrong'), openTraining: open, openTest: open }),
    ).rejects.toThrow(/but a comparison/);
  });

  it('has a smoke run with every method in it', () => {
    const { experiment: small } = smokeExperiment(experiment, false);
    if (!isComparison(small)) throw new Error('It became another experiment.');
    expect(small.method.methods.map(({ method }) => method)).toEqual(['qcfs', 'srp', 'burst', 'snn-calibration-light']);
    expect(small.method.stageOne.epochs).toBe(1);
  });

  it('has a smoke run that says at which T each method runs', () => {
    const saidOf = (steps?: number): string => smokeExperiment(experiment, false, { steps }).reductions.join('\n');
    expect(saidOf()).toMatch(/; T = 1, but 2 for light$/m);
    expect(saidOf(4)).toMatch(/; T = 4$/m);
    const { experiment: small } = smokeExperiment(experiment, false, { steps: 2 });
    expect(small.steps).toEqual([2]);
  });
});

describe('a comparison’s file', () => {
  const parse = (from: string, to: string) => () => parseExperiment(tinyComparison.replace(from, to), 'tiny.yaml');

  it('is refused with line, field and the nearest name: methods, options, values', () => {
    expect(parse('method: qcfs', 'method: qcf')).toThrow(
      /tiny\.yaml:24: method\.methods\.0\.method: .*Did you mean 'qcfs'\?/,
    );
    expect(parse('calibrationSteps: 2', 'calibrationStep: 2')).toThrow(
      /tiny\.yaml:25: method\.methods\.1\.options\.calibrationStep: .*Did you mean 'calibrationSteps'\?/,
    );
    expect(parse('calibrationSteps: 2', 'calibrationSteps: 0')).toThrow(
      /srp: its option 'calibrationSteps' must be an integer at least 1, at most 1000, not 0/,
    );
    expect(parse('{ method: burst }', '{ method: qcfs }')).toThrow(/two entries have the same name/);
  });
});
