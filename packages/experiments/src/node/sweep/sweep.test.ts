import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectionExperimentSchema } from '../experiment/detection-schema.js';
import { parseExperiment } from '../experiment/experiment-file.js';
import { runSweep, sweepCells, type SweptExperiment } from './sweep.js';
import { tinyComparison } from '../comparison/tiny-comparison.fixture.js';
import { tinyExperiment } from '../two-stage/tiny-experiment.fixture.js';
import type { Job, WorkQueue } from './work-queue.js';

let folder = '';
let tiny: SweptExperiment;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-sweep-'));
  const file = join(folder, 'tiny.yaml');
  await writeFile(file, tinyExperiment);
  tiny = { label: 'tiny', file, task: 'classification', experiment: parseExperiment(tinyExperiment, file) };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A queue that leaves a result for every job but those that it is to fail, and notes what it was given. */
function queueOf(given: Job[], failing = ''): WorkQueue {
  return {
    run: async (jobs) => {
      given.push(...jobs);
      return Promise.all(
        jobs.map(async ({ name, words }) => {
          if (name === failing) return { kind: 'failed', attempts: 2, reason: 'it was to' } as const;
          const out = words[words.indexOf('--out') + 1] ?? '';
          await mkdir(out, { recursive: true });
          await writeFile(join(out, 'result.json'), '{}');
          return { kind: 'finished', result: '{}' } as const;
        }),
      );
    },
  };
}

describe('the cells of a sweep', () => {
  it('are all combinations, what is not given being the file’s', () => {
    const names = sweepCells({ experiments: [tiny], seeds: [0, 1] }).map(({ name }) => name);
    expect(names).toEqual(['tiny-T2-seed0', 'tiny-T2-seed1', 'tiny-T4-seed0', 'tiny-T4-seed1']);
    const other = sweepCells({ experiments: [tiny], models: ['vgg-small', 'resnet20'], steps: [8] });
    expect(other.map(({ name }) => name)).toEqual(['tiny-T8-seed0', 'tiny-resnet20-T8-seed0']);
  });

  it('given twice are refused', () => {
    expect(() => sweepCells({ experiments: [tiny], seeds: [1, 1] })).toThrow(/called tiny-T2-seed1/);
  });
});

describe('a comparison of methods in a sweep', () => {
  const comparison = (): SweptExperiment => ({
    label: 'methods',
    task: 'classification',
    file: join(folder, 'methods.yaml'),
    experiment: parseExperiment(tinyComparison, 'methods.yaml'),
  });

  it('is one cell for each network, run at all T and seeds of its file, beside the cells of other experiments', async () => {
    await writeFile(join(folder, 'methods.yaml'), tinyComparison);
    const cells = sweepCells({ experiments: [comparison(), tiny] });
    const others = ['tiny-T2-seed0', 'tiny-T4-seed0'];
    expect(cells.map(({ name }) => name)).toEqual(['methods', ...others]);
    const given: Job[] = [];
    const out = join(folder, 'compared');
    await runSweep({ cells: cells.slice(0, 1), out, words: [], queue: queueOf(given) });
    expect(given.map(({ words }) => words.join(' '))).toEqual([
      `reproduce ${join(folder, 'methods.yaml')} --out ${join(out, 'methods')} --json`,
    ]);
  });

  it('takes no other T or seeds', () => {
    const experiments = [tiny, comparison()];
    expect(() => sweepCells({ experiments, steps: [2] })).toThrow(/methods\.yaml compares methods: .* Omit --steps/);
    expect(() => sweepCells({ experiments, steps: [2], seeds: [1] })).toThrow(/Omit --steps and --seeds/);
  });
});

describe('an experiment on a detector in a sweep', () => {
  const optimization = { epochs: 1, learningRate: 0.01 };
  const detector = (): SweptExperiment => ({
    label: 'scenes',
    file: join(folder, 'scenes.yaml'),
    task: 'detection',
    experiment: detectionExperimentSchema.parse({
      task: 'detection',
      paper: { title: 'none', reference: 'none' },
      table: 'none',
      description: 'none',
      data: { dataset: 'scenes' },
      detector: { model: 'yolo-small', ...optimization },
      steps: [8, 4],
      stageOne: optimization,
      stageTwo: {},
      budget: { minutes: 1, cores: 1 },
      expected: null,
      reason: 'it is a test',
    }),
  });

  it('has a cell for every T and seed, beside the cells of classifiers', async () => {
    const cells = sweepCells({ experiments: [detector(), tiny], seeds: [0, 1] });
    expect(cells.map(({ name }) => name)).toEqual([
      'scenes-T8-seed0',
      'scenes-T8-seed1',
      'scenes-T4-seed0',
      'scenes-T4-seed1',
      'tiny-T2-seed0',
      'tiny-T2-seed1',
      'tiny-T4-seed0',
      'tiny-T4-seed1',
    ]);
    await writeFile(join(folder, 'scenes.yaml'), 'any');
    const given: Job[] = [];
    const out = join(folder, 'detected');
    await runSweep({ cells: cells.slice(0, 1), out, words: ['--limit', '4'], queue: queueOf(given) });
    const at = `--steps 8 --seed 0 --out ${join(out, 'scenes-T8-seed0')}`;
    expect(given[0]?.words.join(' ')).toBe(`reproduce ${join(folder, 'scenes.yaml')} ${at} --json --limit 4`);
  });

  it('takes no architecture of networks that classify', () => {
    expect(() => sweepCells({ experiments: [detector()], models: ['resnet20'] })).toThrow(
      /scenes\.yaml is on a detector.* Omit --models/,
    );
  });
});

describe('a sweep', () => {
  it('runs every cell, reports one that failed, and on resuming runs only what has no result', async () => {
    const cells = sweepCells({ experiments: [tiny], seeds: [0, 1] });
    const sweep = { cells, out: join(folder, 'sweep'), words: ['--threads', '1'] };
    const first: Job[] = [];
    const outcomes = await runSweep({ ...sweep, queue: queueOf(first, 'tiny-T4-seed0') });
    expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(['finished', 'finished', 'failed', 'finished']);
    expect(first).toHaveLength(4);
    const own = `reproduce ${tiny.file} --steps 2 --seed 1 --out ${join(folder, 'sweep', 'tiny-T2-seed1')} --json`;
    expect(first[1]?.words.join(' ')).toBe(`${own} --threads 1`);

    const second: Job[] = [];
    const states: string[] = [];
    const again = await runSweep({
      ...sweep,
      queue: queueOf(second),
      onCell: ({ name }, { kind }) => states.push(`${name} ${kind}`),
    });
    expect(second.map(({ name }) => name)).toEqual(['tiny-T4-seed0']);
    expect(again.every(({ outcome }) => outcome.kind === 'finished')).toBe(true);
    expect(states).toContain('tiny-T2-seed0 finished');
  });

  it('may take more cells later, but no other options or experiment files', async () => {
    const out = join(folder, 'grown');
    const given: Job[] = [];
    const run = (steps: readonly number[], words: readonly string[]) =>
      runSweep({ cells: sweepCells({ experiments: [tiny], steps }), out, words, queue: queueOf(given) });
    await run([2], []);
    await run([2, 4], []);
    expect(given.map(({ name }) => name)).toEqual(['tiny-T2-seed0', 'tiny-T4-seed0']);
    await expect(run([2], ['--engine', 'event', '--limit', '10'])).rejects.toThrow(
      /grown holds another sweep: its options were none and are '--engine event --limit 10'\. Choose another folder/,
    );
    await writeFile(tiny.file, `${tinyExperiment}\n# changed\n`);
    await expect(run([2], [])).rejects.toThrow(/grown holds another sweep: it had other experiment files for tiny\./);
    await writeFile(tiny.file, tinyExperiment);
    const renamed = sweepCells({ experiments: [{ ...tiny, label: 'other' }], steps: [2] });
    await expect(runSweep({ cells: renamed, out, words: [], queue: queueOf(given) })).rejects.toThrow(
      /its experiments were tiny and are other\./,
    );
    await writeFile(join(out, 'sweep.json'), '{"half');
    await expect(run([2], [])).rejects.toThrow(/sweep\.json: this is not a record of a sweep\. Choose another folder/);
  });
});
