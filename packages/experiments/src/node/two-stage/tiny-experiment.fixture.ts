/** An experiment of seconds through every stage: a network of two layers, a few hundred images. */
export const tinyExperiment = `
paper: { title: none, reference: none }
table: tiny
description: every stage in seconds
data:
  dataset: glyphs
  normalization: unit
  trainImages: 256
  heldOut: 60
  calibration: 48
  earlyStopping: 16
  testImages: 60
network:
  model: vgg-small
  options: { widths: [8, 8], convolutions: 1 }
  source: { kind: trained, threshold: 2, epochs: 1, learningRate: 0.05, weightDecay: 0, batchSize: 32, augment: none }
steps: [2, 4]
method:
  kind: two-stage
  stageOne:
    epochs: 2
    learningRate: 0.01
    weightDecay: 0
    batchSize: 32
    augment: strong
    standardFrom: 0.5
    averageDecay: 0.9
    thresholds: { kind: percentile, percentile: 99, per: channel }
    thresholdGradient: scaled
    distillation: { weight: 0.7, temperature: 4, features: 0.1 }
    through: [{ levels: 4, epochs: 1, learningRate: 0.02 }]
  stageTwo:
    bptt: { loss: mse, learningRate: 0.001, schedule: cosine, epochs: 3, patience: 3, batchSize: 16 }
  light: { rounds: 1 }
  extensions:
    - kind: thresholds-per-channel
    - { kind: neuron, neuron: compensating-if }
    - { kind: potentials }
    - { kind: recalibrate, loss: mse, learningRate: 0.001, epochs: 1 }
    - { kind: end-to-end, epochs: 1, learningRate: 0.01, weightDecay: 0, batchSize: 32, augment: none }
    - { kind: rate-based, epochs: 1, learningRate: 0.01, weightDecay: 0, batchSize: 32, augment: none }
budget: { minutes: 1, cores: 1 }
expected:
  - { stage: extensions, steps: 2, accuracy: 0.01, tolerance: 0.5, source: made up for a test }
  - { stage: extensions, steps: 4, accuracy: 0.5, tolerance: 0.5, source: made up for a test }
`;
