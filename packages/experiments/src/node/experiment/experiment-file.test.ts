import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pluginHashes } from '../../registries.js';
import { parseExperiment, readAnyExperimentFile, readExperimentFile } from './experiment-file.js';
import { tinyExperiment } from '../two-stage/tiny-experiment.fixture.js';

/** The line of the first place where some text stands. */
function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

/** The message with which a changed experiment is refused. */
function refusal(from: string, to: string): { readonly message: string; readonly line: number } {
  const text = tinyExperiment.replace(from, to);
  expect(text).not.toBe(tinyExperiment);
  try {
    parseExperiment(text, 'table.yaml');
  } catch (error) {
    if (error instanceof Error) return { message: error.message, line: to === '' ? 0 : lineOf(text, to.trim()) };
  }
  throw new Error('it was taken');
}

describe('an experiment file', () => {
  it('gives every field, those left out with what they are then', () => {
    const { data, method, seeds, energy } = parseExperiment(tinyExperiment, 'table.yaml');
    expect(data.trainImages).toBe(256);
    expect(seeds).toEqual([0]);
    expect(energy.model).toBe('horowitz-45nm');
    expect(method.stageOne).toMatchObject({
      noise: 0.1,
      fold: 'after',
      thresholds: { kind: 'percentile', percentile: 99 },
      distillation: { weight: 0.7, temperature: 4 },
    });
    expect(method).toMatchObject({
      stageTwo: { passes: ['potentials', 'bptt', 'potentialsAgain'] },
      conversion: { neuron: 'if', initialPotential: 'half-threshold' },
    });
  });

  it('lists a few of very many faults, and cuts long names', () => {
    const fields = Array.from({ length: 60 }, (_, i) => `field${i}${'x'.repeat(500)}: 1`);
    expect(() => parseExperiment(fields.join('\n'), 'table.yaml')).toThrow(/Further unknown fields: 52\.$/);
  });

  it('refuses a kind that is no text', () => {
    const { message } = refusal('kind: trained', 'kind: {toString: 1}');
    expect(message).toMatch(/kind: It must be one of .*, not \{…\}\.$/m);
  });

  const slips: readonly [what: string, from: string, to: string, message: RegExp][] = [
    [
      'a misspelt field',
      'heldOut: 60',
      'heldout: 60',
      /data\.heldout: There is no field 'heldout'\. Did you mean 'heldOut'\?/,
    ],
    [
      'a misspelt field of an extension',
      'kind: end-to-end, epochs',
      'kind: end-to-end, epoch',
      /method\.extensions\.4\.epoch: .*Did you mean 'epochs'/,
    ],
    [
      'an unknown model',
      'model: vgg-small',
      'model: vgg-smal',
      /network\.model: .*'vgg-smal'\. Did you mean 'vgg-small'/,
    ],
    ['an unknown data set', 'dataset: glyphs', 'dataset: glyph', /data\.dataset: .*Did you mean 'glyphs'/],
    ['an unknown loss', 'bptt: { loss: mse', 'bptt: { loss: msw', /method\.stageTwo\.bptt\.loss: .*Did you mean 'mse'/],
    [
      'an unknown extension',
      'kind: thresholds-per-channel',
      'kind: threshold-per-channel',
      /method\.extensions\.0\.kind: .*Did you mean 'thresholds-per-channel'/,
    ],
    [
      'an option called __proto__',
      'convolutions: 1 }',
      '__proto__: 1 }',
      /network\.options\.__proto__: nothing can have this name/,
    ],
    ['a number that is none', 'testImages: 60', 'testImages: many', /data\.testImages: .*expected number/],
    [
      'a number out of range',
      'normalization: unit\n  trainImages: 256',
      'normalization: unit\n  trainImages: 0',
      /data\.trainImages: .*>=1/,
    ],
  ];
  for (const [what, from, to, message] of slips) {
    it(`with ${what} is refused, naming file, line, field and what may have been meant`, () => {
      const refused = refusal(from, to);
      expect(refused.message).toMatch(message);
      const [, line] = /^table\.yaml:(\d+): /.exec(refused.message) ?? [];
      expect(Number(line)).toBe(to.includes('\n') ? refused.line + 1 : refused.line);
    });
  }

  it('without a field that it needs is refused at the line of what the field belongs to', () => {
    const text = tinyExperiment.replace('  dataset: glyphs\n', '');
    expect(() => parseExperiment(text, 'table.yaml')).toThrow(
      new RegExp(`^table\\.yaml:${lineOf(text, 'data:')}: data\\.dataset: This field is missing`),
    );
  });

  it('that is not YAML is refused at the line where it ceases to be', () => {
    expect(() => parseExperiment('paper:\n  title: [', 'table.yaml')).toThrow(/^table\.yaml:2: this is not YAML/);
  });

  it('expects figures, or says why it expects none', () => {
    const at = tinyExperiment.indexOf('expected:');
    const none = `${tinyExperiment.slice(0, at)}expected: null\n`;
    expect(() => parseExperiment(none, 'table.yaml')).toThrow(
      /expected: give expected figures, or null and a `reason`/,
    );
    expect(parseExperiment(`${none}reason: nothing was published\n`, 'table.yaml').expected).toBeNull();
    expect(() => parseExperiment(`${tinyExperiment}reason: none\n`, 'table.yaml')).toThrow(
      /give expected figures, or null/,
    );
  });

  it('with passes of stage II twice or in another order is refused', () => {
    const passes = (list: string): string =>
      tinyExperiment.replace('  stageTwo:\n', `  stageTwo:\n    passes: ${list}\n`);
    expect(parseExperiment(passes('[bptt]'), 'x').method).toMatchObject({ stageTwo: { passes: ['bptt'] } });
    for (const list of ['[bptt, potentials]', '[bptt, bptt]', '[]']) {
      expect(() => parseExperiment(passes(list), 'x')).toThrow(/method\.stageTwo\.passes/);
    }
  });

  it('that cannot be read is named', async () => {
    await expect(readExperimentFile('/nowhere/table.yaml')).rejects.toThrow(
      /\/nowhere\/table\.yaml: the experiment cannot be read/,
    );
  });

  it('that is the folder of a run is offered to be resumed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rheobase-experiment-'));
    try {
      await expect(readAnyExperimentFile(folder)).rejects.toThrow(
        /it is a folder, not an experiment file\. Give the file/,
      );
      await writeFile(join(folder, 'config.json'), '{}');
      await expect(readAnyExperimentFile(folder)).rejects.toThrow(
        `it is the folder of a run, not an experiment file. \`rheobase reproduce --resume ${folder}\` resumes the run.`,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the plugins of an experiment file', () => {
  const written = async (plugins: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'rheobase-experiment-plugins-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const file = join(folder, 'own.yaml');
    await writeFile(file, `${tinyExperiment.replace(/model: vgg-small/, 'model: mine')}plugins: ${plugins}\n`);
    return file;
  };
  const model = `export default { models: [{ name: 'mine', summary: 's', source: '', normalization: 'unit', options: {}, build() {} }] };`;

  it('are found from its folder, and their entries can be named in it', async () => {
    const read = await readAnyExperimentFile(await written('[mine.mjs]', { 'mine.mjs': model }));
    expect(read.experiment).toMatchObject({ plugins: ['mine.mjs'], network: { model: 'mine' } });
    expect(read.registries.models.has('mine')).toBe(true);
    expect(Object.keys(pluginHashes(read.registries) ?? {})).toEqual(['mine.mjs']);
  });

  it('are named with the file where one cannot be loaded', async () => {
    const file = await written('[absent.mjs]', {});
    await expect(readAnyExperimentFile(file)).rejects.toThrow(
      /own\.yaml: plugins: .*absent\.mjs: the plugin cannot be read/,
    );
  });

  it('are a list of paths', async () => {
    await expect(readAnyExperimentFile(await written('mine.mjs', { 'mine.mjs': model }))).rejects.toThrow(
      /own\.yaml:\d+: plugins: .*array/,
    );
  });

  it('takes the names that fields had before, on the line where they stand, but not both of one', () => {
    const former = tinyExperiment
      .replaceAll(' extensions:', ' beyond:')
      .replaceAll('stage: extensions', 'stage: beyond')
      .replaceAll('learningRate:', 'rate:')
      .replaceAll('batchSize:', 'batch:');
    expect(parseExperiment(former, 'tiny.yaml')).toEqual(parseExperiment(tinyExperiment, 'tiny.yaml'));
    const lineOf = (text: string): number => text.split('\n').findIndex((line) => line.includes('rate: 0.05')) + 1;
    expect(() => parseExperiment(former.replace('rate: 0.05', 'rate: none'), 'tiny.yaml')).toThrow(
      new RegExp(`tiny\\.yaml:${lineOf(former)}: network\\.source\\.learningRate: `),
    );
    expect(() => parseExperiment(former.replace('rate: 0.05', 'rate: 0.05, learningRate: 1'), 'tiny.yaml')).toThrow(
      /network\.source\.rate: There is no field 'rate'/,
    );
  });
});
