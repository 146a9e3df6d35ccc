import type { CalibrationState } from '@rheobase/calibrator';
import { decodeCalibration, encodeCalibration } from '@rheobase/calibrator/node';
import { randomNetwork } from '@rheobase/testing';
import { changedSafetensors, type FuzzTarget, mutatedSamples, mutateValue } from '@rheobase/testing/fuzz';
import type { Checkpoint } from '@rheobase/training';
import { decodeCheckpoint, encodeCheckpoint } from '@rheobase/training/node';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const arrays = new Map([['w', { shape: [2, 1], data: Float32Array.of(1, 2) }]]);

const checkpoint: Checkpoint = {
  fingerprint: { model: 'a', epochs: 3 },
  position: { epoch: 1, images: 32, batchOfEpoch: 1, lossSum: 0.5 },
  randomState: [1, 2, 3, 4],
  parameters: arrays,
  optimizer: { steps: 5, arrays },
  average: { updates: 2, parameters: arrays },
  best: { epoch: 0, score: 0.5, parameters: arrays },
  history: [{ epoch: 0, loss: 1, learningRate: 0.1, score: 0.5 }],
};

/** Values that were changed before they were written, so that the digest in the file is right and the values are not. */
function written<State extends object>(encode: (state: State) => Uint8Array, state: State, keep: readonly string[]) {
  return Array.from({ length: 300 }, (_, seed) => {
    const random = xoroshiro128plus(seed);
    const free = Object.fromEntries(Object.entries(state).filter(([key]) => !keep.includes(key)));
    const changed = mutateValue(random, free);
    const whole = typeof changed === 'object' ? { ...state, ...changed } : state;
    try {
      return encode(whole as State);
    } catch {
      return encode(state);
    }
  });
}

/** Checkpoints of training. */
export function checkpointTarget(): FuzzTarget {
  const samples = written(encodeCheckpoint, checkpoint, ['parameters', 'optimizer', 'average', 'best']);
  const intact = mutatedSamples(samples, (_, bytes) => bytes);
  const damaged = mutatedSamples(samples, changedSafetensors);
  return {
    extension: '.safetensors',
    named: 'the-file',
    generate: (random) => (random.next() % 2 === 0 ? intact(random) : damaged(random)),
    run: (input) => encodeCheckpoint(decodeCheckpoint(input, 'the-file')),
  };
}

/** States of a calibration that is under way. */
export function calibrationTarget(): FuzzTarget {
  const network = randomNetwork(xoroshiro128plus(1));
  const state: CalibrationState = { network, fingerprint: { method: 'a' }, sites: [] };
  const samples = written(encodeCalibration, state, ['network']);
  const intact = mutatedSamples(samples, (_, bytes) => bytes);
  const damaged = mutatedSamples(samples, changedSafetensors);
  return {
    extension: '.safetensors',
    named: 'the-file',
    generate: (random) => (random.next() % 2 === 0 ? intact(random) : damaged(random)),
    run: (input) => decodeCalibration(input, 'the-file'),
  };
}
