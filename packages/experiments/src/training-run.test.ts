import { defaultNormalizations, glyphs } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import { vggSmall } from '@rheobase/models';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { type TrainingRecipe, train } from './training-run.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

const usual = {
  epochs: 2,
  batchSize: 16,
  learningRate: 0.05,
  weightDecay: 0,
  augment: 'strong',
  seed: 1,
} as const satisfies TrainingRecipe;

/** The parameters that a recipe trains a tiny network to, as text. */
async function trained(recipe: Partial<TrainingRecipe>): Promise<string> {
  const { network } = await train({
    network: vggSmall({ widths: [4, 4], convolutions: 1, seed: 2 }),
    training: glyphs({ split: 'train', length: 32 }),
    normalization: defaultNormalizations.get('unit'),
    recipe: { ...usual, ...recipe },
  });
  return [...network.parameters.values()].map(({ data }) => data.join()).join(';');
}

describe('train', () => {
  it('makes strong augmentation standard after the part of the epochs that it is told', async () => {
    const [standard, strong] = [await trained({ augment: 'standard' }), await trained({})];
    expect(standard).not.toBe(strong);
    expect(await trained({ standardFrom: 0 })).toBe(standard);
    expect(await trained({ standardFrom: 1 })).toBe(strong);
    const half = await trained({ standardFrom: 0.5 });
    expect([standard, strong]).not.toContain(half);
    expect(await trained({ augment: 'none', standardFrom: 0 })).toBe(await trained({ augment: 'none' }));
  });

  it('gives the average of the weights where it is asked to', async () => {
    expect(await trained({ averageDecay: 0.9 })).not.toBe(await trained({}));
  });
});
