import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { convert } from '@rheobase/converter';
import { defaultRegistries } from '@rheobase/experiments/node';
import { clipSites, glyphNet } from '@rheobase/models';
import { writeNetworkFile } from '@rheobase/network/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withOwnImages } from '../choices/bench-images.js';
import { rheobase } from '../command-line.fixture.js';

const startedWithWeights = `
paper: { title: none, reference: none }
table: tiny
description: it begins with weights that nobody gives it
data: { dataset: glyphs, normalization: unit, trainImages: 32, heldOut: 8, calibration: 8, earlyStopping: 4, testImages: 4 }
network:
  model: vgg-small
  source: { kind: weights, origin: made up }
steps: [2]
method:
  kind: two-stage
  stageOne: { epochs: 1, rate: 0.01, weightDecay: 0, batch: 32, augment: none }
  stageTwo:
    bptt: { loss: mse, rate: 0.001, epochs: 1, patience: 1, batch: 16 }
budget: { minutes: 1, cores: 1 }
expected: null
reason: it is made up for a test
`;

const at = { 1: 0.5, 2: 0.6 };
/** As written by `reproduce`, limited to what lists and reports read. */
const result = {
  experiment: { paper: 'a paper', table: 'a table' },
  model: 'glyph-net',
  dataset: 'glyphs',
  normalization: 'unit',
  images: 4,
  steps: 2,
  levels: 2,
  seed: 0,
  ann: 0.7,
  quantClip: 0.65,
  network: 'converted',
  seconds: { total: 1 },
  sha256: {},
  kernels: 'plain',
  versions: {},
  processor: 'one',
  stages: {
    converted: { accuracyAt: at, firingRateAt: at, sopsPerImageAt: at, energyRatioAt: at, firingRates: { relu1: 0.1 } },
  },
};

let folder = '';
let file = '';
const runs = (): string => join(folder, 'runs');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-failed-'));
  file = join(folder, 'weights.yaml');
  await writeFile(file, startedWithWeights);
  const write = async (run: string, files: Readonly<Record<string, object | readonly object[]>>): Promise<void> => {
    await mkdir(join(runs(), run), { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      const text = Array.isArray(content)
        ? content.map((line) => JSON.stringify(line)).join('\n')
        : JSON.stringify(content);
      await writeFile(join(runs(), run, name), text);
    }
  };
  await write('finished', { 'config.json': { run: {} }, 'result.json': result });
  await write('calibrated', {
    'config.json': { run: {} },
    'result.json': {
      command: 'rheobase calibrate',
      options: { dataset: 'glyphs', steps: 2, seed: 3, method: ['light'] },
      result: { accuracy: 0.625, energyRatio: 0.153 },
    },
  });
  await write('crashed', {
    'config.json': { run: {} },
    'metrics.jsonl': [
      { task: 'run', event: 'begun' },
      { task: 'quantClip', event: 'done' },
      { task: 'run', event: 'failed', reason: 'the disk is full' },
    ],
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a run that fails at its beginning', () => {
  it('leaves no folder, and names the network that it was to be about', async () => {
    const out = join(folder, 'vain');
    const { code, messages } = await rheobase('reproduce', file, '--model', 'glyph-net', '--out', out);
    expect(code).toBe(1);
    expect(messages).toMatch(/^tiny: glyph-net on glyphs, T = 2/);
    expect(messages).toMatch(/rheobase: .*give their file with --weights/);
    await expect(access(out)).rejects.toThrow(/ENOENT/);
    const training = await rheobase('train', '--model', 'resnet21', '--dataset', 'glyphs', '--out', out);
    expect(training.messages).toMatch(/Did you mean 'resnet20'/);
    await expect(access(out)).rejects.toThrow(/ENOENT/);
  });

  it('leaves a folder alone that somebody has put something into', async () => {
    const out = join(folder, 'notes');
    await mkdir(out);
    await writeFile(join(out, 'notes.txt'), 'mine');
    await rheobase('reproduce', file, '--out', out);
    expect(await readFile(join(out, 'notes.txt'), 'utf8')).toBe('mine');
    await expect(access(join(out, 'config.json'))).rejects.toThrow(/ENOENT/);
  });
});

describe('rheobase runs', () => {
  it('tells runs that have failed from those that were stopped, and what other commands left from damage', async () => {
    const { results } = await rheobase('runs', runs());
    expect(results).toMatch(/calibrated +finished \(calibrate\) +glyphs +2 +3 +accuracy +62\.50 % +0\.153/);
    expect(results).toMatch(/crashed +failed/);
    expect(results).toMatch(/crashed: it failed: the disk is full\ncrashed: .*--resume .*done: stage I: quantized\./);
    expect(results).not.toMatch(/damaged/);
  });
});

describe('rheobase report', () => {
  it('leaves out folders of several that hold no finished run, says which, and draws the others', async () => {
    const page = join(folder, 'page.html');
    const folders = ['calibrated', 'crashed', 'finished', 'nowhere'].map((run) => join(runs(), run));
    const { code, messages, results } = await rheobase('report', ...folders, '--out', page, '--json');
    expect(code).toBe(0);
    expect(messages.match(/^note: left out: /gm)).toHaveLength(2);
    expect(JSON.parse(results)).toMatchObject({ leftOut: [{ folder: folders[1] }, { folder: folders[3] }] });
    expect(await readFile(page, 'utf8')).toMatch(/a table/);
    const none = await rheobase('report', ...folders.filter((_, index) => index % 2 === 1), '--out', page);
    expect(none.code).toBe(1);
    expect(none.messages).toMatch(/crashed[^]*nowhere/);
  });
});

describe('a wrong choice', () => {
  it('is told in the words of the command line: a file for a model, a network without thresholds', async () => {
    const network = join(folder, 'relu.safetensors');
    await writeNetworkFile(network, glyphNet({ seed: 0 }));
    for (const words of [
      ['reproduce', file],
      ['train', '--dataset', 'glyphs', '--out', join(folder, 'out')],
      ['evaluate', '--dataset', 'glyphs'],
    ]) {
      const { messages } = await rheobase(...words, '--model', network);
      expect(messages, words.join(' ')).toMatch(
        /^rheobase: --model .*relu\.safetensors: this is a (network|safetensors|file).*(--weights FILE|--network)/,
      );
    }
    const { messages } = await rheobase(
      'calibrate',
      '--network',
      network,
      '--steps',
      '4',
      '--dataset',
      'glyphs',
      '--out',
      join(folder, 'out'),
    );
    expect(messages).toMatch(/relu\.safetensors: the activation at \S+ has no threshold.*`rheobase finetune --network/);
  });
});

describe('an option that takes a number', () => {
  it('refuses words and what is out of its range, before anything is made', async () => {
    const out = join(folder, 'numbers');
    const training = ['train', '--model', 'glyph-net', '--dataset', 'glyphs', '--out', out];
    const tuning = ['finetune', '--model', 'glyph-net', '--dataset', 'glyphs', '--levels', '4', '--out', out];
    for (const [words, option, value] of [
      [training, '--weight-decay', 'abc'],
      [training, '--smoothing', '1'],
      [tuning, '--noise', '7'],
      [tuning, '--distil', ''],
    ] as const) {
      const { code, messages } = await rheobase(...words, option, value);
      expect(messages).toMatch(new RegExp(`^rheobase: option '${option} .* It must be a number from 0 to `));
      expect(code).toBe(1);
    }
    await expect(access(out)).rejects.toThrow(/ENOENT/);
  });
});

describe('a list of one', () => {
  it('is of the model or the set that was named, detectors too', async () => {
    expect((await rheobase('models', 'yolo-small')).results).toMatch(/^A Tiny-YOLO/);
    expect((await rheobase('datasets', 'glyphs')).results.trimEnd().split('\n')).toHaveLength(3);
    expect((await rheobase('datasets', 'glyps')).messages).toMatch(/Did you mean 'glyphs'/);
  });
});

describe('the benchmark of a run’s network', () => {
  it('is on the images of the run, and says so where these are not here', async () => {
    const { network } = convert(glyphNet({ seed: 0, activation: clipSites(1) }));
    const said: string[] = [];
    const messages = new Writable({
      write(chunk, _encoding, done) {
        said.push(String(chunk));
        done();
      },
    });
    const output = { results: messages, messages };
    for (const [dataset, expected] of [
      ['glyphs', { split: 'train', dataset: 'glyphs' }],
      ['imagenet', { split: 'train' }],
    ] as const) {
      const run = join(folder, dataset);
      await mkdir(run);
      await writeNetworkFile(join(run, 'network.safetensors'), {
        ...network,
        metadata: { ...network.metadata, dataset },
      });
      expect(await withOwnImages({ split: 'train' }, run, defaultRegistries, output)).toEqual(expected);
    }
    expect(said.join('')).toMatch(/^note: .*imagenet was made on imagenet.*noise.*--data-dir/);
  });
});
