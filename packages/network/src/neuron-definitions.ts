import type { AttributeDefinition, ParameterDefinition } from './model-definition.js';
import type { NeuronDefinition } from './neuron-dynamics.js';
import { mostPowers } from './neuron-dynamics.js';
import type { Registry } from './registry.js';
import { registry } from './registry.js';

const threshold = {
  role: 'threshold',
  initial: 1,
  minimum: 0,
  nonzero: true,
  summary: 'θ, the potential at which a neuron fires and the value a spike carries',
} as const satisfies ParameterDefinition;

const initialPotential = {
  role: 'initialPotential',
  initial: 0,
  summary: 'V(0), the membrane potential before the first step',
} as const satisfies ParameterDefinition;

const leak = {
  role: 'dynamics',
  initial: 0.9,
  minimum: 0,
  maximum: 1,
  nonzero: true,
  needed: true,
  summary: 'λ, the fraction of the potential that remains after a step; 1 is no leak',
} as const satisfies ParameterDefinition;

const steps = {
  minimum: 1,
  maximum: 65536,
  integer: true,
  summary: 'T, the number of time steps over which half a threshold is added to the input',
} as const satisfies AttributeDefinition;

const slope = {
  minimum: 0,
  maximum: 1,
  nonzero: true,
  summary: 'α, the slope below zero of the leaky ReLU that the neuron replaces',
} as const satisfies AttributeDefinition;

const tolerance = {
  initial: 0.001,
  minimum: 0,
  maximum: 1,
  summary:
    'how far below 0 the potential must be for a negative spike, in units of θ, so that rounding does not count as inhibition',
} as const satisfies AttributeDefinition;

const maximum = {
  initial: 5,
  minimum: 1,
  maximum: 127,
  integer: true,
  summary: 'Γ, the most spikes in one step',
} as const satisfies AttributeDefinition;

const levels = {
  initial: 4,
  minimum: 1,
  maximum: mostPowers,
  integer: true,
  summary: 'n, the number of thresholds: θ, 2·θ, …, 2ⁿ⁻¹·θ, and as many negative ones',
} as const satisfies AttributeDefinition;

const growth = {
  initial: 2,
  minimum: 1,
  maximum: 2,
  summary: 'λ, by which a step’s spikes are worth less than those of the step before',
} as const satisfies AttributeDefinition;

const unit = {
  ...threshold,
  summary: 'θ, the least threshold and the value of the least spike',
} as const satisfies ParameterDefinition;

/**
 * Parameters and attributes, with bounds, of the neurons that several engines know. Their steps on tensors are in \@rheobase/neurons; an engine
 * without tensors checks networks against these definitions and has its own kernels.
 */
export const neuronDefinitions = {
  if: {
    kind: 'if',
    summary: 'integrate-and-fire, soft reset: V ← V + I; s = [V ≥ θ]; V ← V − θ·s',
    parameters: { threshold, initialPotential },
    attributes: {},
    dynamics: { reset: 'soft' },
  },
  'if-shift': {
    kind: 'if-shift',
    summary: 'integrate-and-fire, soft reset, V(0) = 0, with θ/(2T) added to the input of every step',
    parameters: { threshold },
    attributes: { steps },
    dynamics: { reset: 'soft', shift: 'steps' },
  },
  'if-hard': {
    kind: 'if-hard',
    summary: 'integrate-and-fire, hard reset: V ← V + I; s = [V ≥ θ]; V ← V·(1 − s)',
    parameters: { threshold, initialPotential },
    attributes: {},
    dynamics: { reset: 'hard' },
  },
  lif: {
    kind: 'lif',
    summary: 'leaky integrate-and-fire, soft reset: V ← λ·V + I; s = [V ≥ θ]; V ← V − θ·s',
    parameters: { threshold, initialPotential, leak },
    attributes: {},
    dynamics: { reset: 'soft', leak: 'leak' },
  },
  'lif-hard': {
    kind: 'lif-hard',
    summary: 'leaky integrate-and-fire, hard reset: V ← λ·V + I; s = [V ≥ θ]; V ← V·(1 − s)',
    parameters: { threshold, initialPotential, leak },
    attributes: {},
    dynamics: { reset: 'hard', leak: 'leak' },
  },
  'if-above': {
    kind: 'if-above',
    summary: 'integrate-and-fire above its threshold, soft reset: V ← V + I; s = [V > θ]; V ← V − θ·s',
    parameters: { threshold, initialPotential },
    attributes: {},
    dynamics: { reset: 'soft', fires: 'above' },
  },
  'if-hard-above': {
    kind: 'if-hard-above',
    summary: 'integrate-and-fire above its threshold, hard reset (IF of NIR): V ← V + I; s = [V > θ]; V ← V·(1 − s)',
    parameters: { threshold, initialPotential },
    attributes: {},
    dynamics: { reset: 'hard', fires: 'above' },
  },
  'lif-above': {
    kind: 'lif-above',
    summary: 'leaky integrate-and-fire above its threshold, soft reset: V ← λ·V + I; s = [V > θ]; V ← V − θ·s',
    parameters: { threshold, initialPotential, leak },
    attributes: {},
    dynamics: { reset: 'soft', leak: 'leak', fires: 'above' },
  },
  'lif-hard-above': {
    kind: 'lif-hard-above',
    summary:
      'leaky integrate-and-fire above its threshold, hard reset (LIF of NIR): V ← λ·V + I; s = [V > θ]; V ← V·(1 − s)',
    parameters: { threshold, initialPotential, leak },
    attributes: {},
    dynamics: { reset: 'hard', leak: 'leak', fires: 'above' },
  },
  'signed-if': {
    kind: 'signed-if',
    summary: 'integrate-and-fire with negative spikes: s = [V ≥ θ] − [−V ≥ θ/α]; V ← V − θ·s⁺ + (θ/α)·s⁻',
    parameters: { threshold, initialPotential },
    attributes: { slope },
    dynamics: { reset: 'soft', negative: { rule: 'signed', slope: 'slope' } },
  },
  'compensating-if': {
    kind: 'compensating-if',
    summary: 'integrate-and-fire that takes back spikes fired too early: s = [V ≥ θ] − [V < −ε·θ]·[N > 0]; V ← V − θ·s',
    parameters: { threshold, initialPotential },
    attributes: { tolerance },
    dynamics: { reset: 'soft', negative: { rule: 'compensating', tolerance: 'tolerance' } },
  },
  burst: {
    kind: 'burst',
    summary: 'integrate-and-fire with up to Γ spikes per step, soft reset: n = clip(⌊V/θ⌋, 0, Γ); V ← V − θ·n',
    parameters: { threshold, initialPotential },
    attributes: { maximum },
    dynamics: { reset: 'soft', counts: 'maximum' },
  },
  'multi-threshold': {
    kind: 'multi-threshold',
    summary:
      'one spike per step of a signed power of two, the nearest to what is to be sent: m = max(V, −S); s = ±2ᵏ ≈ m/θ; V ← V − θ·s; S ← S + θ·s',
    parameters: { threshold: unit },
    attributes: { levels },
    dynamics: { reset: 'soft', negative: { rule: 'correcting' }, powers: 'levels' },
  },
  differential: {
    kind: 'differential',
    summary:
      'the same with differential coding: V and S grow by λ before each step, so that spikes send ever finer changes',
    parameters: { threshold: unit },
    attributes: { levels, growth },
    dynamics: { reset: 'soft', negative: { rule: 'correcting' }, powers: 'levels', growth: 'growth' },
  },
  harmony: {
    kind: 'harmony',
    summary:
      'up to Γ spikes of either sign per step, as many as are to be sent: s = clip(⌊m/θ + ½⌋, −Γ, Γ); V ← V − θ·s',
    parameters: { threshold: unit },
    attributes: { maximum: { ...maximum, initial: 15 } },
    dynamics: { reset: 'soft', negative: { rule: 'correcting' }, counts: 'maximum' },
  },
} as const satisfies Readonly<Record<string, NeuronDefinition>>;

/** The same by kind, for names from a file. */
export const knownNeurons: Registry<NeuronDefinition> = registry('neuron', Object.entries(neuronDefinitions));
