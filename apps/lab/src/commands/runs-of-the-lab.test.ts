import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAnyExperimentFile } from '@rheobase/experiments/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rheobaseProcess } from '../command-line.fixture.js';
import { experimentFile, experimentNames } from '../reproduction/experiment-choice.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-lab-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tables = [
  ...['cifar10', 'cifar100'].flatMap((set) => ['vgg16', 'resnet18', 'resnet20'].map((model) => `${set}-${model}`)),
  'imagenet-vgg16',
  'imagenet-resnet34',
  'ablation',
  'error-decomposition',
  'energy',
  'glyphs',
];

describe('the experiments that come along', () => {
  it('tell of one paper alike, wherever it is read', async () => {
    const papers = await Promise.all(
      (await experimentNames()).map(async (name) => {
        const { experiment } = await readAnyExperimentFile(await experimentFile(name));
        return experiment.paper;
      }),
    );
    const told = new Set(papers.map((paper) => JSON.stringify(paper)));
    for (const what of ['title', 'url'] as const) {
      const named = new Set([...told].map((paper) => (JSON.parse(paper) as Record<string, unknown>)[what]));
      expect(named.size, what).toBe(told.size);
    }
  });

  it('give what was published for one network the same figures and source, wherever they stand beside ours', async () => {
    const known = new Map<string, object>();
    for (const name of await experimentNames()) {
      const { task, experiment } = await readAnyExperimentFile(await experimentFile(name));
      if (task === 'detection') continue;
      const { published = [], data, network } = experiment;
      for (const { method, source, ann, accuracyAt, stepsBefore } of published) {
        const about = `${method.toLowerCase()} for ${network.model} on ${data.dataset}`;
        const figures = { source, ann, accuracyAt, stepsBefore };
        expect(known.get(about) ?? figures, `${about} in ${name}`).toEqual(figures);
        known.set(about, figures);
      }
    }
    expect(known.size).toBeGreaterThan(5);
  });

  it('hold every table of the two-stage paper', async () => {
    expect(await experimentNames()).toEqual(expect.arrayContaining(tables.map((table) => `two-stage/${table}`)));
  });

  it('are well-formed, and expect nothing whose source was not read', async () => {
    for (const name of await experimentNames()) {
      const { task, experiment } = await readAnyExperimentFile(await experimentFile(name));
      // Experiments on detectors have no field for expected figures.
      if (task === 'detection') continue;
      const { expected, reason } = experiment;
      expect(expected === null ? reason : expected[0]?.source, name).toBeTruthy();
    }
  });
});

// Several processes at a time, on a machine that may be busy.
describe('rheobase sweep, runs and report', { timeout: 600_000 }, () => {
  it('sweep over T and seeds with processes side by side, list the runs, and draw them; started again, run nothing twice', async () => {
    const out = join(folder, 'sweep');
    const sweep = [
      'sweep',
      'two-stage/glyphs',
      '--smoke',
      '--steps',
      '2',
      '--seeds',
      '0',
      '1',
      '--jobs',
      '2',
      '--out',
      out,
    ];
    const first = await rheobaseProcess(...sweep, '--json');
    expect(first.messages).toMatch(/2 runs, 2 at a time/);
    expect(first.messages).toMatch(/glyphs-T2-seed1: started\n[^]*glyphs-T2-seed0: finished/);
    expect(JSON.parse(first.results)).toMatchObject({
      cells: [0, 1].map((seed) => ({
        name: `glyphs-T2-seed${seed}`,
        outcome: 'finished',
        scored: 'accuracy',
        score: expect.any(Number),
      })),
    });
    expect(first.code).toBe(0);
    const again = await rheobaseProcess(...sweep);
    expect(again.messages).not.toMatch(/started/);
    expect(again.results).toMatch(/glyphs-T2-seed0 +finished/);

    const listed = await rheobaseProcess('runs', out, '--differences');
    expect(listed.results).toMatch(/glyphs-T2-seed0 +finished \(smoke\) +resnet-small +glyphs +2 +0 +accuracy /);
    expect(listed.results).toMatch(/\nseed +0 +1\n/);
    expect(listed.results).not.toMatch(/^hashes\.|[0-9a-f]{64}/m);
    const alone = await rheobaseProcess('runs', join(out, 'glyphs-T2-seed0'), '--differences');
    expect(alone.results).toMatch(/\nThere is only one run, and nothing to compare it with\.\n/);
    const machine = JSON.parse((await rheobaseProcess('runs', out, '--json')).results) as {
      readonly runs: readonly object[];
    };
    expect(machine.runs).toHaveLength(2);

    const runs = [0, 1].map((seed) => join(out, `glyphs-T2-seed${seed}`));
    const [page, pictures] = [join(folder, 'page.html'), join(folder, 'pictures')];
    const report = await rheobaseProcess('report', ...runs, '--out', page, '--pictures', pictures);
    expect(report.code).toBe(0);
    expect(await readFile(page, 'utf8')).toMatch(/<section id="glyphs-T2-seed1">/);
    const drawn = await readdir(pictures);
    expect(drawn).toEqual(expect.arrayContaining(['accuracy.svg', 'accuracy.png', 'glyphs-T2-seed0-spike-raster.svg']));
    expect(existsSync(join(runs[0] ?? '', 'metrics.jsonl'))).toBe(true);
  });

  it('sweep tells of a cell that fails twice, and finishes the others', async () => {
    const bad = join(folder, 'bad.yaml');
    const text = await readFile(await experimentFile('two-stage/glyphs'), 'utf8');
    await writeFile(bad, text.replace('options: { ', 'options: { classes: 7, '));
    const out = join(folder, 'failing');
    const run = await rheobaseProcess(
      'sweep',
      bad,
      'two-stage/glyphs',
      '--smoke',
      '--steps',
      '2',
      '--jobs',
      '2',
      '--out',
      out,
    );
    expect(run.messages).toMatch(/bad-T2-seed0: restarted/);
    expect(run.messages).toMatch(/1 of 2 runs failed/);
    expect(run.results).toMatch(/bad-T2-seed0 +failed[^]*glyphs-T2-seed0 +finished/);
    expect(run.results).toMatch(
      /bad-T2-seed0 failed twice: rheobase: .*7.*; its full output is in .*bad-T2-seed0\.log/,
    );
    expect(run.code).toBe(1);
  });

  it('sweep takes a comparison of methods as one run at all T and seeds of its file, and no others for it', async () => {
    const out = join(folder, 'compared');
    const refused = await rheobaseProcess('sweep', 'methods/glyphs', '--steps', '2', '--seeds', '0', '--out', out);
    expect(refused.messages).toMatch(/glyphs\.yaml compares methods: .* Omit --steps and --seeds/);
    expect([refused.code, existsSync(out)]).toEqual([1, false]);
    const run = await rheobaseProcess('sweep', 'methods/glyphs', '--smoke', '--out', out);
    expect([run.code, run.code === 0 ? '' : run.messages]).toEqual([0, '']);
    expect(run.messages).toMatch(/1 run, 1 at a time/);
    expect(run.results).toMatch(/^glyphs-methods +finished/m);
    expect(run.results).toContain(`rheobase report ${join(out, 'glyphs-methods')} `);
    expect(existsSync(join(out, 'glyphs-methods', 'report.html'))).toBe(true);
  });

  it('sweep takes detectors beside classifiers, with an engine and a number of test images for all, and none with options that are not theirs', async () => {
    const out = join(folder, 'both');
    const names = ['two-stage/detection-scenes', 'two-stage/glyphs'];
    const sweep = ['sweep', ...names, '--smoke', '--steps', '2', '--engine', 'event', '--out', out];
    const run = await rheobaseProcess(...sweep, '--limit', '3');
    expect([run.code, run.code === 0 ? '' : run.messages]).toEqual([0, '']);
    expect(run.results).toMatch(/^detection-scenes-T2-seed0 +finished +mean AP@0\.5 /m);
    expect(run.results).toMatch(/^glyphs-T2-seed0 +finished +accuracy /m);
    for (const cell of ['detection-scenes-T2-seed0', 'glyphs-T2-seed0']) {
      const configured = JSON.parse(await readFile(join(out, cell, 'config.json'), 'utf8')) as object;
      expect(configured).toMatchObject({ run: { data: { testImages: 3 }, engine: 'event' } });
    }
    const changed = await rheobaseProcess(...sweep, '--limit', '4');
    expect(changed.messages).toMatch(
      /both holds another sweep: its options were '.*--limit 3 --engine event --smoke' and are '.*--limit 4 --engine event --smoke'/,
    );
    const foreign = await rheobaseProcess('sweep', ...names, '--weights', 'any', '--out', join(folder, 'foreign'));
    expect(foreign.messages).toMatch(/detection-scenes\.yaml: --weights is not for experiments on detectors/);
    const compared = ['sweep', 'methods/glyphs', '--engine', 'event', '--out', join(folder, 'foreign')];
    expect((await rheobaseProcess(...compared)).messages).toMatch(
      /glyphs\.yaml: --engine is for runs of a single method/,
    );
    expect(existsSync(join(folder, 'foreign'))).toBe(false);
  });

  it('report and runs say what is not there', async () => {
    const report = await rheobaseProcess('report', folder);
    expect(report.messages).toMatch(/it holds no result\.json.*Give a folder that `rheobase reproduce` wrote/);
    const runs = await rheobaseProcess('runs', join(folder, 'nowhere'));
    expect(runs.messages).toMatch(/nowhere: the folder of runs cannot be read/);
    expect([report.code, runs.code]).toEqual([1, 1]);
  });
});
