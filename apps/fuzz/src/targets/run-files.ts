import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { commandOfRun, listRuns, readRun, runFileNames, runFiles } from '@rheobase/experiments/node';
import { changedJson, changedText, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';
import { samplesOf } from './samples-of.js';

const encoded = (content: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(content));

const configuration = {
  paper: { title: 'A paper' },
  table: 'A table',
  run: { data: { dataset: 'glyphs' }, detector: { model: 'yolo-small' }, kernels: {}, steps: 4 },
};

const ledger = {
  images: 8,
  split: 'test',
  steps: 4,
  stages: [
    {
      stage: 'converted',
      layers: ['propagated', 'clipping', 'quantization', 'residual', 'total'].map((node) => ({
        node,
        propagated: { relative: 0.1 },
        clipping: { relative: 0.1 },
        quantization: { relative: 0.1 },
        residual: { relative: 0.1 },
        total: { relative: 0.4 },
      })),
    },
  ],
};

const raster = {
  stage: 'converted',
  steps: 2,
  label: 'a',
  answers: ['a', 'b'],
  image: { shape: [1, 1, 3], pixels: [0, 0.5, 1] },
  layers: [{ node: 'relu1', neurons: 2, spikes: [[0], [0, 1]] }],
};

const metrics = [
  { at: '2026-01-01T00:00:00.000Z', task: 'source', event: 'done' },
  { at: '2026-01-01T00:00:01.000Z', task: 'stage1', epoch: 1, loss: 0.5 },
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('');

/** The files of a run's folder, each changed alone while the others are as they should be. */
const files = {
  result: { samples: () => samplesOf('docs/results', '.json'), read: readRun },
  configuration: { samples: () => [encoded(configuration)], read: listRuns },
  ledger: {
    samples: () => [encoded(ledger), encoded({ ...ledger, stages: undefined, refused: 'a reason' })],
    read: readRun,
  },
  raster: { samples: () => [encoded(raster)], read: readRun },
  command: { samples: () => [encoded({ command: ['reproduce', 'two-stage/glyphs'] })], read: commandOfRun },
  metrics: { samples: () => [new TextEncoder().encode(metrics)], read: listRuns },
} as const;

/** One file of the folder of a run, read as reports, lists of runs and resumed runs read it. */
export function runFileTarget(name: keyof typeof files): FuzzTarget {
  const { samples, read } = files[name];
  const [result] = samplesOf('docs/results', 't4.json');
  return {
    extension: extname(runFileNames[name]),
    named: /the-run/,
    generate: mutatedSamples(samples(), changedJson, changedJson, changedText),
    run: async (input, file) => {
      const folder = join(dirname(file), 'the-run');
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      writeFileSync(runFiles(folder).configuration, encoded(configuration));
      if (name !== 'metrics') writeFileSync(runFiles(folder).result, result ?? '');
      writeFileSync(runFiles(folder)[name], input);
      return read(folder);
    },
  };
}
