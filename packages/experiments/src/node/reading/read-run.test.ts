import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from './read-run.js';
import { listRuns } from './run-list.js';

const common = {
  experiment: { paper: 'p', table: 't' },
  model: 'm',
  dataset: 'd',
  normalization: 'unit',
  images: 10,
  ann: 0.9,
  seconds: { total: 1 },
  sha256: { weights: 'f00' },
  kernels: 'plain',
  versions: { node: 'v20' },
  processor: 'cpu',
};
const byStep = { '1': 0.25, '2': 0.5 };
const stage = {
  accuracyAt: byStep,
  firingRateAt: byStep,
  sopsPerImageAt: byStep,
  energyRatioAt: byStep,
  firingRates: { relu: 0.1 },
};
const twoStage = {
  ...common,
  steps: 2,
  levels: 2,
  seed: 3,
  quantClip: 0.8,
  network: 'stage2',
  expectations: [
    {
      stage: 'stage2',
      accuracy: 0.7,
      tolerance: 0.1,
      source: 's',
      measured: 0.5,
      difference: -0.2,
      verdict: { kind: 'short', by: 0.1 },
    },
  ],
  stages: { converted: stage, bptt: stage, potentialsAgain: stage, stage2: { ...stage, chosen: 'bptt' } },
};
const spread = (mean: number, deviation = 0.01): object => ({ mean, deviation });
const comparison = {
  ...common,
  steps: [1, 2],
  seeds: [0, 1],
  quantized: { accuracy: 0.8, levels: 4 },
  rows: [],
  table: [
    {
      method: 'qcfs',
      steps: 1,
      accuracy: null,
      firingRate: spread(0.1),
      sopsPerImage: spread(9),
      energyRatio: spread(0.2),
    },
    {
      method: 'qcfs',
      steps: 2,
      accuracy: spread(0.7),
      firingRate: spread(0.1),
      sopsPerImage: spread(9),
      energyRatio: spread(0.2),
    },
  ],
};

const detection = {
  steps: 2,
  seed: 3,
  protocol: 'voc-2010',
  images: 10,
  ann: 0.9,
  quantClip: 0.8,
  stages: {
    converted: {
      protocol: 'voc-2010',
      images: 10,
      firingRates: { leaky: 0.1 },
      at: [1, 2].map((steps) => ({
        steps,
        meanApAtHalf: 0.25 * steps,
        meanAp: 0.2 * steps,
        distance: 1 / steps,
        firingRate: 0.1,
        sopsPerImage: 9,
        energyRatio: 0.2,
      })),
    },
  },
  validation: { converted: 0.4 },
  seconds: { converted: 1 },
  network: 'converted',
  reason: 'none was read',
  smoke: ['few images'],
  sha256: { converted: 'f00' },
  versions: { node: 'v20' },
  processor: 'cpu',
};
const detectorConfig = {
  paper: { title: 'p' },
  table: 't',
  run: { data: { dataset: 'scenes' }, detector: { model: 'yolo-small' }, kernels: 'plain' },
};

let parent = '';
async function folder(name: string, files: Readonly<Record<string, unknown>>): Promise<string> {
  const path = join(parent, name);
  await mkdir(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    await writeFile(join(path, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return path;
}
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rheobase-read-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

describe('a run that is read back', () => {
  it('of the two-stage method has a curve for every stage in their order, the best pass once', async () => {
    const run = await readRun(await folder('two-stage', { 'result.json': twoStage }));
    expect(run).toMatchObject({ name: 'two-stage', steps: [2], seeds: [3], best: 'stage2' });
    expect(run.curves.map(({ name, label }) => [name, label])).toEqual([
      ['converted', 'converted'],
      ['stage2', 'stage II (b): layer-wise BPTT'],
      ['potentialsAgain', 'stage II (c): potentials again'],
    ]);
    expect(run.curves[0]?.points[1]).toMatchObject({ steps: 2, score: 0.5, deviation: 0 });
    expect(run.figures[0]).toMatchObject({ of: 'stage II: the best of them', verdict: { kind: 'short' } });
    expect(run.provenance).toMatchObject({ node: 'v20', 'SHA-256 of weights': 'f00' });
  });

  it('tells when and how it was started, and its settings, without the folders of the machine', async () => {
    const files = {
      'result.json': twoStage,
      'command.json': {
        command: ['reproduce', '/home/somebody/my runs/tiny.yaml', '--data-dir', '/data', '--steps', '2'],
      },
      'config.json': { run: { steps: 2, data: { dataset: 'glyphs' }, hashes: { heldOut: 'f00' } } },
      'metrics.jsonl':
        '{"at":"2026-01-31T12:34:56.789Z","task":"run","event":"begun"}\n{"at":"2026-02-01T00:00:00.000Z"}\n',
    };
    const { started, command, settings } = await readRun(await folder('told', files));
    expect(started).toBe('2026-01-31T12:34:56.789Z');
    expect(command).toBe('rheobase reproduce …/tiny.yaml --data-dir …/data --steps 2');
    expect(settings).toEqual({ steps: '2', 'data.dataset': '"glyphs"' });
    expect(await readRun(await folder('untold', { 'result.json': twoStage }))).toMatchObject({ settings: {} });
  });

  it('of before results had a version has the present names of its stages', async () => {
    const { converted, stage2 } = { converted: stage, stage2: { ...stage, chosen: 'converted' } };
    const former = {
      ...twoStage,
      network: 'beyond',
      expectations: [{ ...twoStage.expectations[0], stage: 'beyond' }],
      stages: { converted, stage2, 'beyond-1': stage, beyond: stage },
      validation: { beyond: 0.5 },
      seconds: { 'beyond-2': 1 },
    };
    const run = await readRun(await folder('former', { 'result.json': former }));
    expect(run.best).toBe('extensions');
    expect(run.curves.map(({ name, label }) => [name, label])).toEqual([
      ['stage2', 'converted'],
      ['extensions-1', 'extension 1'],
      ['extensions', 'extension 2'],
    ]);
    expect(run.curves.at(-1)?.heldOut).toBe(0.5);
    expect(run.figures[0]?.of).toBe('with extensions');
  });

  it('of a command is like others: of a calibration every stage has a curve, of a training the network its accuracy', async () => {
    const about = { options: { dataset: 'glyphs', seed: 3, steps: 2 }, versions: {}, sha256: {}, processor: 'cpu' };
    const spiking = { ...stage, accuracy: 0.5, validationAccuracy: 0.4 };
    const calibrated = await folder('calibrated', {
      'result.json': {
        command: 'rheobase calibrate',
        ...about,
        result: {
          ...spiking,
          images: 10,
          network: 'converted',
          stages: { quantClip: { accuracy: 0.8 }, converted: spiking },
        },
      },
    });
    expect(await readRun(calibrated)).toMatchObject({
      by: 'calibrate',
      dataset: 'glyphs',
      steps: [2],
      quantized: 0.8,
      best: 'converted',
      curves: [{ name: 'converted', heldOut: 0.4, points: [{ steps: 1 }, { steps: 2, score: 0.5 }] }],
    });
    const trained = await folder('trained', {
      'result.json': { command: 'rheobase train', ...about, result: { accuracy: 0.9, validationAccuracy: 0.8 } },
    });
    expect(await readRun(trained)).toMatchObject({ by: 'train', ann: 0.9, annHeldOut: 0.8, curves: [] });
  });

  it('of compared methods has a curve for every method, with deviations, where it has an answer', async () => {
    const run = await readRun(await folder('comparison', { 'result.json': comparison }));
    expect(run.curves).toEqual([
      {
        name: 'qcfs',
        label: 'qcfs',
        points: [{ steps: 2, score: 0.7, deviation: 0.01, firingRate: 0.1, sopsPerImage: 9, energyRatio: 0.2 }],
      },
    ]);
    expect(run.best).toBeUndefined();
  });

  it('of a detector has a curve of mean AP@0.5 for every stage; its configuration says what it is about', async () => {
    const files = { 'result.json': detection, 'config.json': detectorConfig };
    const run = await readRun(await folder('detection', files));
    expect(run.curves.map(({ heldOut }) => heldOut)).toEqual([0.4]);
    expect(run).toMatchObject({
      task: 'detection',
      name: 'detection',
      model: 'yolo-small',
      dataset: 'scenes',
      protocol: 'voc-2010',
      levels: 2,
      best: 'converted',
      firing: [{ label: 'converted', rates: { leaky: 0.1 } }],
      smoke: ['few images'],
      provenance: { node: 'v20', kernels: 'plain', 'SHA-256 of converted': 'f00' },
    });
    expect(run.curves[0]?.points[1]).toEqual({
      steps: 2,
      score: 0.5,
      deviation: 0,
      firingRate: 0.1,
      sopsPerImage: 9,
      energyRatio: 0.2,
      distance: 0.5,
    });
    // As runs left it before hashes, versions and firing rates by layer were kept.
    const { sha256: _, versions: __, processor: ___, smoke: ____, ...earlier } = detection;
    const old = await readRun(await folder('earlier', { 'result.json': earlier, 'config.json': detectorConfig }));
    expect(old.provenance).toEqual({ kernels: 'plain', processor: 'unknown' });
  });

  it('is refused where it is not there, damaged, or none', async () => {
    await expect(readRun(join(parent, 'nowhere'))).rejects.toThrow(/nowhere: there is no such folder\. Give one/);
    const unfinished = await folder('unfinished', { 'config.json': { run: {} } });
    await expect(readRun(unfinished)).rejects.toThrow(/unfinished: the run in it has not finished.* resumes it/);
    await expect(readRun(join(unfinished, 'config.json'))).rejects.toThrow(
      /config\.json: it is a file.*Give the folder/,
    );
    await expect(readRun(await folder('empty', {}))).rejects.toThrow(/empty: it holds no result\.json, so no run/);
    const record = { command: 'rheobase finetune', options: {}, result: {} };
    await expect(readRun(await folder('record', { 'result.json': record }))).rejects.toThrow(
      /record\/result\.json: it is not a record of a run:[^]*result\.accuracy/,
    );
    await expect(readRun(await folder('later', { 'result.json': { ...twoStage, version: 1000 } }))).rejects.toThrow(
      /later\/result\.json: a later version of Rheobase wrote it/,
    );
    await expect(readRun(await folder('boxes', { 'result.json': detection }))).rejects.toThrow(
      /config\.json: the run's configuration is missing/,
    );
    const other = { ...detectorConfig, run: { data: {} } };
    await expect(readRun(await folder('unlike', { 'result.json': detection, 'config.json': other }))).rejects.toThrow(
      /config\.json: it is not a configuration of a run:[^]*dataset/,
    );
    await expect(readRun(await folder('torn', { 'result.json': '{"half' }))).rejects.toThrow(
      /result\.json: it is not JSON/,
    );
    await expect(readRun(await folder('none', { 'result.json': { ...twoStage, ann: 'high' } }))).rejects.toThrow(
      /result\.json: it is not a result of a run:[^]*ann/,
    );
    const badLedger = await folder('ledger', { 'result.json': twoStage, 'ledger.json': { images: 1 } });
    await expect(readRun(badLedger)).rejects.toThrow(/ledger\.json: it is not a ledger of a run/);
  });
});

describe('listed runs', () => {
  it('are those of a folder, finished, running, stopped or damaged', async () => {
    const config = { table: 't', run: { steps: 2 } };
    const at = (name: string): string => join('list', name);
    await folder(at('a'), { 'config.json': config, 'result.json': twoStage });
    const metrics = '{"task":"source","event":"done"}\n{"task":"source"}\n{"task":"converted","event":"done"}\n{"ha';
    await folder(at('b'), { 'config.json': config, 'metrics.jsonl': metrics });
    await folder(at('c'), { 'config.json': '{"half' });
    await folder(at('d'), { 'config.json': config, 'result.json': '[]' });
    await folder(at('e'), {});
    const runs = await listRuns(join(parent, 'list'));
    expect(runs.map(({ name, state }) => [name, state.kind])).toEqual([
      ['a', 'finished'],
      ['b', 'stopped'],
      ['c', 'damaged'],
      ['d', 'damaged'],
    ]);
    expect(runs[1]?.state).toEqual({ kind: 'stopped', done: ['source', 'converted'] });
    expect((await listRuns(join(parent, 'list', 'a'))).map(({ name }) => name)).toEqual(['a']);
    await expect(listRuns(join(parent, 'nowhere'))).rejects.toThrow(/nowhere: the folder of runs cannot be read/);
  });
});
