import type { PlannedNeurons } from './plan.js';
import type { Workspace } from './workspace.js';

/** Adjacent neurons with equal weights, at most as many as a byte can count. */
interface Run {
  readonly first: number;
  readonly length: number;
  readonly weight: number;
}

const mostInByte = 255;

function runsOf({ layout }: PlannedNeurons, weights: Float32Array | undefined): readonly Run[] {
  const { rows, columns, channels, pitch } = layout;
  const runs: Run[] = [];
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    const weightAt = (c: number): number => (weights === undefined ? 1 : (weights[pixel * channels + c] ?? 0));
    let first = 0;
    for (let c = 1; c <= channels; c++) {
      const weight = weightAt(first);
      if (c < channels && weightAt(c) === weight && c - first < mostInByte) continue;
      if (weight !== 0) runs.push({ first: pixel * pitch + first, length: c - first, weight });
      first = c;
    }
  }
  return runs;
}

/** Multiplier that moves bits 0…3 of a number to positions 0, 8, 16 and 24. */
const spread = 0x204081;
const everyByte = 0x01010101;

/** Counts the neurons of a population that fire at each step, whatever their spikes are worth. */
export function firingCounter(neurons: PlannedNeurons): (workspace: Workspace, steps: number) => Float64Array {
  const { layout, spikes, negativeSpikes, levels } = neurons;
  const size = layout.rows * layout.columns * layout.pitch;
  const runs = runsOf(neurons, undefined);
  const signs = [spikes, ...(negativeSpikes === undefined ? [] : [negativeSpikes])];
  const fired = new Int32Array(size);
  return (workspace, steps) => {
    const totals = new Float64Array(steps);
    fired.fill(0);
    for (const offset of signs) {
      const words = workspace.numbers('i32', offset, levels * size);
      for (let i = 0; i < words.length; i++) fired[i % size] = (fired[i % size] ?? 0) | (words[i] ?? 0);
    }
    for (const run of runs) addCounts(totals, fired, run, 1, steps);
    return totals;
  };
}

/** Adds, for each step, a weight for every word of a run whose bit is set. */
function addCounts(
  totals: Float64Array,
  words: Int32Array | Float32Array,
  { first, length }: Run,
  weight: number,
  steps: number,
): void {
  for (let step = 0; step < steps; step += 4) {
    let counts = 0;
    for (let place = first; place < first + length; place++) {
      counts += ((((words[place] ?? 0) >>> step) & 15) * spread) & everyByte;
    }
    for (let t = step; t < step + 4 && t < steps; t++) {
      totals[t] = (totals[t] ?? 0) + weight * ((counts >>> (8 * (t - step))) & 255);
    }
  }
}

/**
 * Counts the spikes of a population at each step, of either sign, with the weight of each neuron; a spike of level k counts 2ᵏ. Counts four steps at
 * a time, as bytes of one number, without a branch per spike: these probes are set on every layer for firing rates and energy, and visiting each
 * spike took as long as the simulation.
 *
 * @param weights in the population's layout. Default: 1 each
 */
export function eventCounter(
  neurons: PlannedNeurons,
  weights: Float32Array | undefined,
): (workspace: Workspace, steps: number) => Float64Array {
  const { layout, spikes, negativeSpikes, levels } = neurons;
  const size = layout.rows * layout.columns * layout.pitch;
  const runs = runsOf(neurons, weights);
  return (workspace, steps) => {
    const totals = new Float64Array(steps);
    const signs = [spikes, ...(negativeSpikes === undefined ? [] : [negativeSpikes])];
    const arrays = signs.flatMap((offset) => Array.from({ length: levels }, (_, level) => ({ offset, level })));
    for (const { offset, level } of arrays) {
      const words = workspace.numbers('i32', offset + 4 * level * size, size);
      for (const run of runs) addCounts(totals, words, run, run.weight * 2 ** level, steps);
    }
    return totals;
  };
}
