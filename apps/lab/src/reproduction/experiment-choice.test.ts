import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { detectionJsonSchema, experimentJsonSchema, readAnyExperimentFile } from '@rheobase/experiments/node';
import { describe, expect, it } from 'vitest';
import { experimentFile, experimentNames } from './experiment-choice.js';

describe('the experiments that come with the command', () => {
  it('are all well-formed, and name the schema that editors check them by', async () => {
    const names = await experimentNames();
    expect(names).toEqual(expect.arrayContaining(['two-stage/cifar10-resnet20', 'two-stage/glyphs']));
    for (const name of names) {
      const file = await experimentFile(name);
      const { task, experiment } = await readAnyExperimentFile(file);
      expect(experiment.steps.length).toBeGreaterThan(0);
      // Experiments on detectors have other fields.
      const schema = task === 'detection' ? 'detection' : 'experiment';
      const [first] = (await readFile(file, 'utf8')).split('\n');
      expect(first, name).toBe(`# yaml-language-server: $schema=../${schema}.schema.json`);
    }
  });

  it('say themselves how the networks of the paper pool, which are published with another pooling', async () => {
    const pooled = ['cifar10-vgg16', 'cifar100-vgg16', 'imagenet-vgg16', 'imagenet-resnet34'];
    for (const name of pooled) {
      const { task, experiment } = await readAnyExperimentFile(await experimentFile(`two-stage/${name}`));
      expect(task === 'classification' && experiment.network.options['pooling'], name).toBe('average');
    }
  });

  it('stand beside the JSON Schemas that the code has now (`pnpm --filter @rheobase/lab run schema` writes them anew)', async () => {
    const read = (name: string): Promise<string> =>
      readFile(fileURLToPath(new URL(`../../experiments/${name}.schema.json`, import.meta.url)), 'utf8');
    expect(await read('experiment')).toBe(experimentJsonSchema());
    expect(await read('detection')).toBe(detectionJsonSchema());
  });

  it('are found by name, others by path, and a slip is told the near one', async () => {
    const file = await experimentFile('two-stage/glyphs');
    expect(await experimentFile(file)).toBe(file);
    await expect(experimentFile('two-stage/glyph')).rejects.toThrow(/Did you mean 'two-stage\/glyphs'\?/);
  });
});
