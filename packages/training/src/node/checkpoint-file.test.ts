import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@rheobase/network';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../checkpoint.js';
import { decodeCheckpoint, encodeCheckpoint, fileCheckpoints } from './checkpoint-file.js';

const arrays = (...values: readonly number[]) =>
  new Map([['a/b', { shape: [values.length], data: Float32Array.from(values) }]]);

const checkpoint: Checkpoint = {
  fingerprint: { seed: 3, 'optimizer.kind': 'sgd', clipNorm: null, validates: true },
  position: { epoch: 1, images: 32, batchOfEpoch: 2, lossSum: 0.1 + 0.2 },
  randomState: [-1, 2, 3, 4],
  parameters: arrays(1, -0),
  optimizer: { steps: 7, arrays: arrays(0.5, 0.25) },
  average: { updates: 7, parameters: arrays(3, 4) },
  best: { epoch: 0, score: 0.75, parameters: arrays(5, 6) },
  history: [{ epoch: 0, loss: 0.7, learningRate: 0.1, score: 0.75 }],
};

/** A file whose digest fits, whatever its state says. */
function signed(state: string): Uint8Array {
  const digest = createHash('sha256').update(state).digest('hex');
  return writeSafetensors(new Map(), { 'rheobase.checkpoint': state, 'rheobase.checkpoint.sha256': digest });
}

describe('checkpoint files', () => {
  let [folder, path] = ['', ''];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rheobase-checkpoint-'));
    path = join(folder, 'run.checkpoint');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('give back what was saved last', async () => {
    const store = fileCheckpoints(path);
    expect(await store.load()).toBeUndefined();
    const { average: _, best: __, ...bare } = checkpoint;
    for (const each of [bare, checkpoint]) {
      await store.save(each);
      expect(await store.load()).toEqual(each);
    }
    expect(await readdir(folder)).toEqual(['run.checkpoint']);
  });

  it("are read with an epoch's learning rate under its former name, and written with its present one", () => {
    const { fingerprint, position, randomState, history } = checkpoint;
    const former = history.map(({ learningRate: rate, ...record }) => ({ ...record, rate }));
    const state = { version: 1, fingerprint, position, randomState, history: former, optimizer: { steps: 1 } };
    const read = decodeCheckpoint(signed(JSON.stringify(state)), 'run');
    expect(read.history).toEqual(history);
    expect(Object.keys(read.history[0] ?? {})).toEqual(Object.keys(history[0] ?? {}));
    const [both] = [{ epoch: 0, loss: 1, learningRate: 0.1, rate: 0.1 }];
    expect(() => decodeCheckpoint(signed(JSON.stringify({ ...state, history: [both] })), 'run')).toThrow(
      /'history\.0'/,
    );
  });

  it('pass over and remove what a killed process left half-written', async () => {
    const store = fileCheckpoints(path);
    await store.save(checkpoint);
    await writeFile(join(folder, '.run.checkpoint.0-1.tmp'), 'half');
    expect(await store.load()).toEqual(checkpoint);
    expect(await readdir(folder)).toEqual(['run.checkpoint']);
  });

  it('are refused with their name when any byte is changed or the end is missing', async () => {
    const whole = encodeCheckpoint(checkpoint);
    const outcome = (bytes: Uint8Array): unknown => {
      try {
        return decodeCheckpoint(bytes, path);
      } catch (error) {
        return error;
      }
    };
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(outcome(damaged)).toMatchObject({ message: expect.stringContaining(path) });
    }
    await writeFile(path, whole.subarray(0, whole.length - 3));
    await expect(fileCheckpoints(path).load()).rejects.toThrow(path);
  });

  it('are told from other safetensors files, and a later format is refused', () => {
    expect(() => decodeCheckpoint(writeSafetensors(new Map(), {}), 'w.safetensors')).toThrow(
      /w\.safetensors: it holds tensors but no checkpoint/,
    );
    expect(() => decodeCheckpoint(signed(JSON.stringify({ version: 2 })), 'run')).toThrow(
      /run: the checkpoint has format version 2, but version 1 is read/,
    );
  });

  it.each([
    ['position.epoch', { position: { ...checkpoint.position, epoch: -1 } }],
    ['position.lossSum', { position: { epoch: 0, images: 0, batchOfEpoch: 0 } }],
    ['randomState', { randomState: [1, 2] }],
    ['history.0.loss', { history: [{ epoch: 0, loss: 'low', learningRate: 0.1 }] }],
    ['optimizer', { optimizer: undefined }],
    ['fingerprint.seed', { fingerprint: { seed: [1] } }],
  ])('are refused with the field that is wrong, though their digest fits: %s', (field, wrong) => {
    const { fingerprint, position, randomState, history } = checkpoint;
    const right = { version: 1, fingerprint, position, randomState, history, optimizer: { steps: 1 } };
    expect(decodeCheckpoint(signed(JSON.stringify(right)), 'run').position).toEqual(position);
    expect(() => decodeCheckpoint(signed(JSON.stringify({ ...right, ...wrong })), 'run')).toThrow(
      `run: this is not a checkpoint that can be resumed, in its field '${field}': `,
    );
  });

  it.each(['', 'null', '[]', '{"version": 1'])(
    'are refused where their state is no state, though their digest fits: %j',
    (text) => {
      expect(() => decodeCheckpoint(signed(text), 'run')).toThrow(
        /^run: (this is not a checkpoint|the checkpoint has format)/,
      );
    },
  );

  it('are refused with their path where the folder is missing', async () => {
    const store = fileCheckpoints(join(folder, 'absent', 'run'));
    await expect(store.load()).rejects.toThrow(/absent\/run: its folder cannot be read \(ENOENT/);
  });
});
