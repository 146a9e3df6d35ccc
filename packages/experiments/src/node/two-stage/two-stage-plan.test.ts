import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNetworkFile } from '@rheobase/network/node';
import { memory } from '@tensorflow/tfjs-core';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExperiment } from '../experiment/experiment-file.js';
import { openSplit } from '../stages/open-split.js';
import { type Reproduced, reproduce } from './reproduce.fixture.js';
import type { RunResult } from './run-result.js';
import { tinyExperiment } from './tiny-experiment.fixture.js';
import { StoppedEarly } from '../runner/stopped-early.js';

const experiment = parseExperiment(tinyExperiment, 'tiny.yaml');
const networks = ['source', 'quantClip', 'converted', 'potentials', 'bptt', 'potentialsAgain', 'extensions', 'network'];

let parent = '';
let whole: RunResult;
let opened: readonly string[] = [];

/** Runs the tiny experiment in a folder of that name. */
function run(name: string, more: Partial<Reproduced> = {}): Promise<RunResult> {
  return reproduce({
    experiment,
    out: join(parent, name),
    deterministic: true,
    openTraining: () => openSplit('glyphs', { split: 'train' }),
    openTest: () => openSplit('glyphs', { split: 'test' }),
    ...more,
  });
}

/** Everything but times, and where the code stood. */
function figures(result: RunResult): unknown {
  const { seconds: _, versions: __, details, ...rest } = result;
  const untimed: unknown = JSON.parse(
    JSON.stringify(details, (key, value: unknown) => (key === 'seconds' ? undefined : value)),
  );
  return JSON.parse(JSON.stringify({ ...rest, details: untimed }));
}

/** The text of a run's file, but for times and where the code stood. */
async function textOf(name: string, file: string): Promise<string> {
  const text = await readFile(join(parent, name, file), 'utf8');
  const timeless = (key: string, value: unknown): unknown =>
    key === 'seconds' || key === 'versions' || key === 'imagesPerSecond' ? null : value;
  return JSON.stringify(JSON.parse(text, timeless));
}

const records = ['result.json', 'ledger.json', 'raster.json', 'config.json'];

/** Holds what a run has written to the run that never stopped, byte by byte. */
async function expectSameFiles(name: string): Promise<void> {
  for (const file of records) expect(await textOf(name, file), file).toBe(await textOf('whole', file));
  for (const network of networks) {
    const [own, other] = [name, 'whole'].map((run) => readFile(join(parent, run, `${network}.safetensors`)));
    expect((await own)?.equals((await other) ?? Buffer.of()), network).toBe(true);
  }
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rheobase-reproduce-'));
  const stages: string[] = [];
  whole = await run('whole', {
    onStage: ({ name }) => stages.push(name),
    openTest: async () => {
      opened = [...stages];
      return openSplit('glyphs', { split: 'test' });
    },
  });
}, 300_000);
afterAll(() => rm(parent, { recursive: true, force: true }));

describe('reproducing an experiment', () => {
  it('gives the accuracy of every stage at every time step, with rates, operations and energy', () => {
    expect(whole).toMatchObject({
      ann: expect.any(Number),
      quantClip: expect.any(Number),
      steps: 2,
      levels: 2,
      images: 60,
    });
    const names = [
      'converted',
      'potentials',
      'bptt',
      'potentialsAgain',
      'stage2',
      'light',
      'extensions-1',
      'extensions-2',
      'extensions-3',
      'extensions-4',
      'extensions-5',
      'extensions',
    ];
    expect(Object.keys(whole.stages)).toEqual(names);
    for (const name of names) {
      const stage = whole.stages[name];
      expect(Object.keys(stage?.accuracyAt ?? {})).toEqual(['1', '2']);
      expect(stage).toMatchObject({
        accuracy: stage?.accuracyAt['2'],
        firingRate: expect.any(Number),
        sopsPerImage: expect.any(Number),
        energyRatio: expect.any(Number),
        validationAccuracy: whole.validation[name],
      });
    }
    expect(Object.keys(whole.seconds)).toEqual(
      expect.arrayContaining(['quantClip-4', 'quantClip', 'bptt', 'extensions-6', 'test', 'total']),
    );
  });

  it('takes for stage II the best of its passes by held-out images', () => {
    const { validation, stages } = whole;
    const best = Math.max(...['potentials', 'bptt', 'potentialsAgain'].map((name) => validation[name] ?? 0));
    expect(validation['stage2']).toBe(best);
    const chosen = stages['stage2']?.chosen ?? '';
    expect(validation[chosen]).toBe(best);
    expect(stages['stage2']?.sha256).toBe(stages[chosen]?.sha256);
  });

  it('opens the test set once, when every network is there', () => {
    expect(opened.at(-1)).toBe('extensions-6');
    expect(opened.length).toBe(15);
  });

  it('leaves every network, of which others can be told how it runs, and the result', async () => {
    const out = join(parent, 'whole');
    for (const name of networks) expect(existsSync(join(out, `${name}.safetensors`))).toBe(true);
    const { metadata } = await readNetworkFile(join(out, 'network.safetensors'));
    expect(metadata).toMatchObject({ normalization: 'unit', steps: '2', model: 'vgg-small' });
    expect(JSON.parse(await readFile(join(out, 'result.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(whole)));
    expect(await readdir(join(out, 'checkpoints'))).toEqual([]);
  });

  it('holds the figure for its T against what is expected', () => {
    expect(whole.expectations).toHaveLength(1);
    expect(whole.expectations[0]).toMatchObject({
      measured: whole.stages['extensions']?.accuracy,
      verdict: { kind: 'reproduced' },
    });
  });

  it('started again, reads everything from the folder, the test set no more', async () => {
    const before = memory().numTensors;
    const again = await run('whole', {
      openTest: () => {
        throw new Error('the test set was opened again');
      },
    });
    expect(figures(again)).toEqual(figures(whole));
    expect(again.seconds).toEqual(whole.seconds);
    expect(memory().numTensors).toBe(before);
  });

  it('goes on from a quantized network that was made before, and refuses one of other levels', async () => {
    const quantized = join(parent, 'whole', 'quantClip.safetensors');
    const result = await run('given', { choices: { quantized } });
    expect(result.quantClip).toBe(whole.quantClip);
    expect(result.stages['stage2']?.accuracyAt).toEqual(whole.stages['stage2']?.accuracyAt);
    expect(result.expectations[0]?.verdict).toMatchObject({ kind: 'not comparable' });
    await expect(run('given-4', { choices: { quantized, steps: 4 } })).rejects.toThrow(
      /has 2 levels, but the run is for 4/,
    );
    await expect(run('given-none', { choices: { quantized: join(parent, 'nowhere') } })).rejects.toThrow(
      /nowhere.* cannot be read/,
    );
    const source = join(parent, 'whole', 'source.safetensors');
    await expect(run('given-source', { choices: { quantized: source } })).rejects.toThrow(
      /is not quantized; use a network from stage I/,
    );
  });

  it('stops while it measures, and goes on from there', async () => {
    const stop = new AbortController();
    const signal = stop.signal;
    const onProgress: Reproduced['onProgress'] = ({ task }) => {
      if (task === 'test of bptt') stop.abort();
    };
    await expect(run('stopped-in-test', { signal, onProgress })).rejects.toThrow(StoppedEarly);
    expect(figures(await run('stopped-in-test'))).toEqual(figures(whole));
    await expectSameFiles('stopped-in-test');
  });

  it('counts on the event engine what it counts on tfjs, but for neurons at their threshold, in a folder of its own', async () => {
    const { method } = experiment;
    if (method.kind !== 'two-stage') throw new Error('It became another experiment.');
    const paper = { ...experiment, method: { ...method, extensions: [] }, expected: null, reason: 'only compared' };
    const event = await run('event', { experiment: paper, engine: 'event', threads: 2 });
    expect(Object.keys(event.stages)).toContain('stage2');
    for (const [name, own] of Object.entries(event.stages)) {
      const stage = whole.stages[name];
      if (stage === undefined) throw new Error(`There is no stage ${name}.`);
      expect(Math.abs(own.accuracy - stage.accuracy) * whole.images, name).toBeLessThan(1.5);
      expect(own.sopsPerImage / stage.sopsPerImage, name).toBeCloseTo(1, 2);
      expect(own.firingRate / stage.firingRate, name).toBeCloseTo(1, 2);
    }
    await expect(run('event', { experiment: paper })).rejects.toThrow(
      /holds another run: 'engine' was "event" and is not set/,
    );
  }, 300_000);

  it('runs neurons that fire counts on the event engine', async () => {
    const extensions = [{ kind: 'neuron', neuron: 'burst', attributes: {} }] as const;
    const given = { ...experiment, method: { ...experiment.method, extensions } };
    const { stages } = await run('counts', { engine: 'event', experiment: given });
    expect(stages['extensions']?.firingRate).toBeGreaterThan(0);
  }, 300_000);

  it('refuses a folder of another run, naming what differs', async () => {
    await expect(run('whole', { choices: { steps: 4 } })).rejects.toThrow(
      /whole holds another run: 'steps' was 2 and is 4/,
    );
  });

  it('refuses an experiment that needs weights without them', async () => {
    const source = { kind: 'weights', origin: 'somewhere', allowMissing: [], allowUnused: [] } as const;
    const given = { ...experiment, network: { ...experiment.network, source } };
    await expect(run('weightless', { experiment: given })).rejects.toThrow(
      /trained weights \(somewhere\): give their file with --weights/,
    );
  });

  it('stopped by its signal again and again, goes on to the same result', async () => {
    const random = xoroshiro128plus(3);
    for (let stops = 0; ; stops++) {
      const stop = new AbortController();
      let left = uniformInt(random, 3, 12);
      const attempt = run('stopped', {
        signal: stop.signal,
        onProgress: () => {
          if (--left === 0 && stops < 6) stop.abort();
        },
      });
      const result = await attempt.catch((error: unknown) => {
        if (error instanceof StoppedEarly) return undefined;
        throw error;
      });
      if (result !== undefined) {
        expect(figures(result)).toEqual(figures(whole));
        await expectSameFiles('stopped');
        expect(stops).toBe(6);
        return;
      }
    }
  }, 300_000);

  it('killed at random moments, goes on to the same result', async () => {
    const file = join(parent, 'tiny.yaml');
    await writeFile(file, tinyExperiment);
    const random = xoroshiro128plus(1);
    let kills = 0;
    while (!(await killed(file, kills < 5 ? uniformInt(random, 1, 12) : undefined, uniformInt(random, 0, 150))))
      kills++;
    expect(kills).toBe(5);
    await expectSameFiles('killed');
  }, 300_000);
});

/** Runs the experiment in a process of its own, killed some time after a given number of signs of life; true if it came to its end. */
function killed(file: string, signs: number | undefined, waitMs: number): Promise<boolean> {
  const script = fileURLToPath(new URL('./reproduce-tiny.fixture.mjs', import.meta.url));
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [script, file, join(parent, 'killed')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [seen, messages] = [0, ''];
    child.stdout.on('data', (dots: Buffer) => {
      seen += dots.length;
      if (signs !== undefined && seen >= signs) setTimeout(() => child.kill('SIGKILL'), waitMs);
    });
    child.stderr.on('data', (text: Buffer) => (messages += String(text)));
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') settle(false);
      else if (code === 0) settle(true);
      else fail(new Error(`the run ended with ${code ?? signal}:\n${messages}`));
    });
  });
}
