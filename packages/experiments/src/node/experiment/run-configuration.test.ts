import { describe, expect, it } from 'vitest';
import { parseExperiment } from './experiment-file.js';
import { configureRun } from './run-configuration.js';
import { tinyExperiment } from '../two-stage/tiny-experiment.fixture.js';

const experiment = parseExperiment(tinyExperiment, 'tiny.yaml');

describe('the configuration of a run', () => {
  it('takes the first T and seed of the file, and L = T', () => {
    expect(configureRun(experiment, {})).toMatchObject({ steps: 2, levels: 2, seed: 0, overridden: [] });
    expect(configureRun(experiment, { steps: 8, seed: 3 })).toMatchObject({ steps: 8, levels: 8, seed: 3 });
    const { method } = configureRun(experiment, {}).experiment;
    const fixed = { ...experiment, method: { ...method, levels: 16 } };
    expect(configureRun(fixed, { steps: 4 })).toMatchObject({ steps: 4, levels: 16 });
    const bounded = { ...experiment, method: { ...method, levels: { atLeast: 4 } } };
    expect(configureRun(bounded, { steps: 2 })).toMatchObject({ steps: 2, levels: 4 });
    expect(configureRun(bounded, { steps: 8 })).toMatchObject({ steps: 8, levels: 8 });
  });

  it('takes another model without the options of the file’s, and tells what was overridden', () => {
    const { experiment: changed, overridden } = configureRun(experiment, {
      model: 'glyph-net',
      normalization: 'cifar10',
    });
    expect(changed.network).toMatchObject({ model: 'glyph-net', options: {} });
    expect(changed.data.normalization).toBe('cifar10');
    expect(overridden).toEqual(['--model', '--normalization']);
  });

  it('takes custom figures for the normalization, from the file and as a choice, and keeps them as one name', () => {
    const own = 'mean 0.5 0.5 0.5 std 0.25 0.25 0.25';
    const written = tinyExperiment.replace(
      /normalization: unit/,
      'normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }',
    );
    const read = parseExperiment(written, 'own.yaml');
    expect(read.data.normalization).toBe(own);
    expect(configureRun(read, {}).experiment.data.normalization).toBe(own);
    expect(configureRun(read, { normalization: own }).overridden).toEqual([]);
    const chosen = configureRun(experiment, { normalization: own });
    expect(chosen).toMatchObject({ experiment: { data: { normalization: own } }, overridden: ['--normalization'] });
  });

  it('refuses a normalization that there is not, and figures that cannot be', () => {
    const withNormalization = (text: string) => () =>
      parseExperiment(tinyExperiment.replace(/normalization: unit/, `normalization: ${text}`), 'own.yaml');
    expect(withNormalization('cifar11')).toThrow(
      /data\.normalization: There is no normalization 'cifar11'\. Did you mean 'cifar10'/,
    );
    expect(withNormalization('{ mean: [124], std: [58] }')).toThrow(/pixels divided by 255/);
    expect(withNormalization('{ mean: [0.5] }')).toThrow(/data\.normalization/);
  });

  it('takes weights in the place of training from scratch', () => {
    const { experiment: changed, overridden } = configureRun(experiment, { weights: 'w.safetensors' });
    expect(changed.network.source.kind).toBe('weights');
    expect(overridden).toEqual(['--weights']);
  });

  it('refuses a choice that the file could not make either', () => {
    expect(() => configureRun(experiment, { model: 'resnet21' })).toThrow(/network\.model/);
    expect(() => configureRun(experiment, { steps: 0 })).toThrow(/steps/);
  });
});
