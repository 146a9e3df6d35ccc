import { convert } from '@rheobase/converter';
import { clipSites, glyphNet } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { constantParameter } from '@rheobase/network';
import { writeNetworkFile } from '@rheobase/network/node';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, rheobase } from '../command-line.fixture.js';

const analyze = (...args: string[]): Promise<Ended> => rheobase('analyze', ...args);

const source: Network = {
  ...glyphNet({ activation: clipSites(1) }),
  metadata: { model: 'glyph-net', normalization: 'unit' },
};
const halved = convert(source).network;
/** V(0) = 0 everywhere: it rounds down, and so loses half a level more. */
const zeroed: Network = {
  ...halved,
  parameters: new Map(
    [...halved.parameters].map(([name, parameter]) => [
      name,
      parameter.role === 'initialPotential' ? constantParameter('initialPotential', parameter.shape, 0) : parameter,
    ]),
  ),
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-analyze-'));
  const run = join(folder, 'run');
  await mkdir(run);
  await writeNetworkFile(join(run, 'source.safetensors'), source);
  await writeNetworkFile(join(run, 'converted.safetensors'), zeroed);
  await writeNetworkFile(join(run, 'potentials.safetensors'), halved);
  await writeNetworkFile(join(run, 'network.safetensors'), halved);
  await writeNetworkFile(join(run, 'quantClip.safetensors'), source);
  await writeFile(join(run, 'result.json'), JSON.stringify({ steps: 3, dataset: 'glyphs', normalization: 'unit' }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const few = ['--limit', '20', '--batch', '10'];

describe('rheobase analyze', () => {
  it('gives the ledger of every stage of a folder on one line, from its result’s steps and data, on training images', async () => {
    const run = await analyze(join(folder, 'run'), ...few, '--json');
    expect(run.code).toBe(0);
    expect(run.messages).toBe("Measured on the first 20 images of glyphs’s split 'train'.\n");
    expect(run.results.match(/\n/g)).toHaveLength(1);
    const result: unknown = JSON.parse(run.results);
    const relative = { relative: expect.any(Number) };
    expect(result).toMatchObject({
      stage: 'potentials',
      steps: 3,
      images: 20,
      dataset: 'glyphs',
      split: 'train',
      sourceAccuracy: expect.any(Number),
      outputs: [{ difference: expect.any(Number), agreement: expect.any(Number) }],
      verdict: { kind: expect.stringMatching(/faithful|lossy/) },
      stages: { converted: { layers: { length: 4 } }, potentials: { layers: { length: 4 } } },
    });
    expect(result).toMatchObject({
      layers: Array.from({ length: 4 }, () => ({
        propagated: relative,
        clipping: relative,
        quantization: relative,
        residual: relative,
        residualShares: { early: relative, late: relative },
        total: relative,
        unexplained: { meanAbsolute: expect.closeTo(0, 5) },
      })),
    });
  }, 60_000);

  it('prints tables and a verdict, draws every stage, and writes its result, whole', async () => {
    const [picture, out] = [join(folder, 'made', 'ledger.svg'), join(folder, 'made', 'ledger.json')];
    const run = await analyze(join(folder, 'run'), ...few, '--picture', picture, '--out', out);
    expect(run.results).toMatch(/^Errors of stage II \(a\): initial potentials, T = 3, over 20 images/);
    expect(run.results).toMatch(/stage1\.relu1 .*%/);
    expect(run.results).toMatch(/By stage[^]*converted .*%[^]*stage II \(a\): initial potentials .*%/);
    expect(run.results).toMatch(
      /The spiking network (differs from its source|matches its source|gives the same classes as its source)/,
    );
    const svg = await readFile(picture, 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^]*converted[^]*potentials[^]*<\/svg>\n$/);
    expect(svg.match(/fill="#c0392b"/g)?.length).toBeGreaterThan(1);
    expect(svg).not.toMatch(/NaN|href|url\(/);
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({ stage: 'potentials', steps: 3 });
    expect((await readdir(join(folder, 'made'))).toSorted()).toEqual(['ledger.json', 'ledger.svg']);
  }, 60_000);

  it('takes a network and its source by themselves, and draws a PNG', async () => {
    const [network, plain] = [join(folder, 'run', 'converted.safetensors'), join(folder, 'run', 'source.safetensors')];
    const picture = join(folder, 'one.png');
    const given = ['--network', network, '--source', plain, '--dataset', 'glyphs', ...few];
    const run = await analyze(...given, '--steps', '2', '--picture', picture, '--json');
    expect(run.messages).toMatch(/^Measured/);
    expect(JSON.parse(run.results)).toMatchObject({ stage: 'glyph-net', steps: 2 });
    expect((await readFile(picture)).subarray(1, 4).toString()).toBe('PNG');
    const built = ['--model', 'glyph-net', '--weights', plain, '--allow-unused', '*.threshold'];
    const model = await analyze(
      '--network',
      network,
      ...built,
      '--dataset',
      'glyphs',
      ...few,
      '--steps',
      '2',
      '--json',
    );
    expect(model.messages).toMatch(/^Measured/m);
    expect(JSON.parse(model.results)).toMatchObject({ layers: { length: 4 } });
  }, 60_000);

  const slips: readonly [what: string, args: () => readonly string[], message: RegExp][] = [
    ['nothing to analyze', () => [], /Nothing to analyze was given/],
    [
      'a folder without the networks',
      () => [tmpdir()],
      /holds no network\.safetensors.*--network FILE with --source FILE/,
    ],
    ['a folder that is not there', () => ['/nowhere'], /\/nowhere: the folder cannot be read/],
    ['a folder and a network', () => [join(folder, 'run'), '--network', 'x'], /omit --network, --source and --model/],
    ['no source', () => ['--network', join(folder, 'run')], /give --source FILE, or --model NAME with --weights FILE/],
    [
      'a network without T',
      () => ['--network', join(folder, 'run'), '--source', join(folder, 'run', 'source.safetensors')],
      /The number of time steps is unknown\. Give --steps T/,
    ],
    [
      'a network that is its own source',
      () => {
        const plain = join(folder, 'run', 'source.safetensors');
        return ['--network', plain, '--source', plain, '--steps', '2', '--dataset', 'glyphs'];
      },
      /no neurons.*convert it first/,
    ],
    ['another kind of picture', () => [join(folder, 'run'), '--picture', 'x.jpg'], /x\.jpg.*ends in \.svg or \.png/],
    ['an unknown part', () => [join(folder, 'run'), '--split', 'dev'], /glyphs has no split 'dev'/],
  ];
  for (const [what, args, message] of slips) {
    it(`refuses ${what} with what to write instead, and exits with 1`, async () => {
      const run = await analyze(...args());
      expect(run.messages).toMatch(message);
      expect(run.code).toBe(1);
      expect(run.results).toBe('');
    });
  }
});
