import { describe, expect, it } from 'vitest';
import { detectionExperimentSchema } from '../experiment/detection-schema.js';
import { smokeDetection } from './smoke-detection.js';

const optimization = { epochs: 30, learningRate: 0.02 };
const experiment = detectionExperimentSchema.parse({
  task: 'detection',
  paper: { title: 'a paper', reference: 'none' },
  table: 'a table',
  description: 'a detector',
  data: { dataset: 'scenes', trainImages: 3000 },
  detector: { model: 'yolo-small', ...optimization },
  steps: [8, 4],
  stageOne: optimization,
  stageTwo: { bptt: { epochs: 20, patience: 20, learningRate: 0.5 } },
  endToEnd: optimization,
  budget: { minutes: 60, cores: 2 },
  expected: null,
  reason: 'none was read',
});

describe('smokeDetection', () => {
  it('keeps every stage and the network, and makes images, epochs and T few', () => {
    const { experiment: small, reductions } = smokeDetection(experiment);
    expect(small).toMatchObject({
      steps: [4],
      data: { dataset: 'scenes', trainImages: 8, testImages: 4 },
      detector: { model: 'yolo-small', epochs: 1, learningRate: 0.02 },
      stageOne: { epochs: 1 },
      stageTwo: { passes: experiment.stageTwo.passes, bptt: { epochs: 1, learningRate: 0.5 } },
      endToEnd: { epochs: 1 },
    });
    expect(reductions.join('\n')).toMatch(/8 training images.*4 test images\n.*T = 4/);
  });

  it('takes the T and the number of test images that are asked for, and says so', () => {
    const { experiment: small, reductions } = smokeDetection(experiment, { steps: 2, testImages: 3 });
    expect(small).toMatchObject({ steps: [2], data: { testImages: 3 } });
    expect(reductions.join('\n')).toMatch(/ 3 test images\n.*T = 2$/);
  });

  it('adds no fine-tuning end to end where the file has none', () => {
    const { endToEnd: _, ...without } = experiment;
    expect(smokeDetection(without).experiment.endToEnd).toBeUndefined();
  });
});
