import type { ClassifierRun, DetectorRun } from './reported-run.js';

const times = [1, 2, 3, 4];
const sizes = { propagated: 0.1, clipping: 0.02, quantization: 0.2, residual: 0.05, total: 0.3 };

/** A run as it would be read from its folder. */
export const reportedRun: ClassifierRun = {
  task: 'classification',
  name: 'first',
  paper: 'a paper',
  table: 'a table',
  model: 'resnet20',
  dataset: 'cifar10',
  normalization: 'imagenet',
  steps: [4],
  levels: 4,
  seeds: [0],
  images: 5000,
  ann: 0.91,
  quantized: 0.88,
  curves: ['converted', 'stage2'].map((name, index) => ({
    name,
    label: `${name} in words`,
    points: times.map((steps) => ({
      steps,
      score: 0.5 + 0.1 * steps - 0.05 * (1 - index),
      deviation: 0,
      firingRate: 0.2,
      sopsPerImage: 6e6 * steps,
      energyRatio: 0.04 * steps,
    })),
  })),
  best: 'stage2',
  firing: [{ label: 'converted in words', rates: { relu1: 0.2, relu2: 0.1 } }],
  figures: [
    {
      of: 'stage2',
      source: 'table 1',
      accuracy: 0.85,
      measured: 0.9,
      difference: 0.05,
      tolerance: 0.01,
      verdict: { kind: 'reproduced' },
    },
    {
      of: 'beyond',
      source: 'table 1',
      accuracy: 0.95,
      measured: 0.9,
      difference: -0.05,
      tolerance: 0.01,
      verdict: { kind: 'short', by: 0.04 },
    },
    {
      of: 'QCFS, T = 4',
      source: 'read',
      accuracy: 0.8375,
      verdict: { kind: 'not comparable', reason: 'another method' },
    },
  ],
  smoke: [],
  seconds: { bptt: 12.34, total: 20 },
  ledger: {
    images: 200,
    split: 'held-out training images',
    steps: 4,
    stages: ['converted', 'bptt'].map((stage) => ({
      stage,
      layers: ['relu1', 'relu2'].map((node) => ({
        node,
        propagated: { relative: sizes.propagated },
        clipping: { relative: sizes.clipping },
        quantization: { relative: sizes.quantization },
        residual: { relative: sizes.residual },
        total: { relative: sizes.total },
      })),
    })),
  },
  raster: {
    stage: 'bptt',
    steps: 2,
    label: 'cat',
    answers: ['dog', 'cat'],
    image: { shape: [2, 2, 3], pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9] },
    layers: [
      {
        node: 'relu1',
        neurons: 100,
        spikes: [
          [1, 0],
          [0, -1],
        ],
      },
    ],
  },
  started: '2026-01-31T12:34:56.789Z',
  command: 'rheobase reproduce two-stage/cifar10-resnet20 --steps 4',
  settings: { 'data.heldOut': '5000', steps: '4' },
  provenance: { commit: 'abc', node: 'v20', 'SHA-256 of weights': 'f00' },
};

/** The same of a run on a detector. */
export const detectorRun: DetectorRun = {
  task: 'detection',
  name: 'scenes',
  paper: 'a paper',
  table: 'detection',
  model: 'yolo-small',
  dataset: 'scenes',
  protocol: 'voc-2010',
  steps: [8],
  levels: 8,
  seeds: [0],
  images: 500,
  ann: 0.935,
  quantized: 0.927,
  curves: ['converted', 'bptt'].map((name, index) => ({
    name,
    label: `${name} in words`,
    points: [1, 2, 4, 8].map((steps) => ({
      steps,
      score: 0.1 * steps + 0.05 * index,
      deviation: 0,
      firingRate: 0.1,
      sopsPerImage: 9e6 * steps,
      energyRatio: 0.07 * steps,
      distance: 1 / steps,
    })),
  })),
  best: 'bptt',
  firing: [{ label: 'bptt in words', rates: { leaky1: 0.2, leaky2: 0.1 } }],
  figures: [],
  reason: 'the set is in no table',
  smoke: [],
  seconds: { bptt: 230.1 },
  settings: {},
  provenance: { kernels: 'relaxed' },
};
