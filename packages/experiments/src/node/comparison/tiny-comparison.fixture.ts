/** A comparison of seconds: a network of two layers, a few images, methods of every kind. */
export const tinyComparison = `
paper: { title: none, reference: none }
table: tiny comparison
description: methods in seconds
data:
  dataset: glyphs
  normalization: unit
  trainImages: 256
  heldOut: 60
  calibration: 24
  earlyStopping: 12
  testImages: 60
network:
  model: vgg-small
  options: { widths: [8, 8], convolutions: 1 }
  source: { kind: trained, threshold: 2, epochs: 1, learningRate: 0.05, weightDecay: 0, batchSize: 32, augment: none }
steps: [1, 4]
seeds: [0, 3]
method:
  kind: comparison
  levels: 4
  stageOne: { epochs: 1, learningRate: 0.01, weightDecay: 0, batchSize: 32, augment: none }
  methods:
    - method: qcfs
    - { method: srp, options: { calibrationSteps: 2 } }
    - { method: burst }
    - { method: snn-calibration-light, label: light, steps: [2] }
budget: { minutes: 1, cores: 1 }
expected: null
reason: made up for a test
published:
  - { method: srp, source: made up for a test, stepsBefore: 2, accuracyAt: { '2': 0.5 } }
`;
