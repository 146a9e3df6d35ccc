import { createHash } from 'node:crypto';
import type { SafeTensor } from '@rheobase/network';
import { readSafetensors, writeSafetensors } from '@rheobase/network';
import { readWholeFile, writeWholeFile } from '@rheobase/network/node';
import type { Checkpoint, CheckpointStore } from '../checkpoint.js';
import type { NamedArrays } from '../named-arrays.js';
import { decodeState, formatVersion } from './checkpoint-state.js';

/** Keys of the safetensors metadata: everything except the arrays, as JSON, and the SHA-256 of that and of the arrays. */
const keys = { state: 'rheobase.checkpoint', digest: 'rheobase.checkpoint.sha256' } as const;

/**
 * A checkpoint as one safetensors file: the arrays as tensors, under `parameters/`, `optimizer/`, `average/` and `best/`, the rest
 * as JSON in the metadata. The same checkpoint gives the same bytes.
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { fingerprint, position, randomState, history, parameters, optimizer, average, best } = checkpoint;
  const state = JSON.stringify({
    version: formatVersion,
    fingerprint,
    position,
    randomState,
    history,
    optimizer: { steps: optimizer.steps },
    ...(average && { average: { updates: average.updates } }),
    ...(best && { best: { epoch: best.epoch, score: best.score } }),
  });
  const tensors = new Map<string, SafeTensor>();
  const put = (group: string, arrays: NamedArrays): void => {
    for (const [name, { shape, data }] of arrays) tensors.set(`${group}/${name}`, { dtype: 'F32', shape, data });
  };
  put('parameters', parameters);
  put('optimizer', optimizer.arrays);
  if (average) put('average', average.parameters);
  if (best) put('best', best.parameters);
  return writeSafetensors(tensors, { [keys.state]: state, [keys.digest]: digestOf(state, tensors) });
}

function digestOf(state: string, tensors: ReadonlyMap<string, SafeTensor>): string {
  const hash = createHash('sha256').update(state);
  for (const [name, { shape, data }] of [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${name} ${shape.join('×')}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/**
 * Reads what {@link encodeCheckpoint} wrote.
 *
 * @param source the file's name, for messages
 * @throws naming `source`, if it is damaged, no checkpoint, or of a format version that is not read here.
 */
export function decodeCheckpoint(bytes: Uint8Array, source: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, source);
  const { [keys.state]: text, [keys.digest]: digest } = metadata;
  if (text === undefined || digest === undefined) {
    throw new Error(`${source}: it holds tensors but no checkpoint (its metadata has no '${keys.state}').`);
  }
  if (digestOf(text, tensors) !== digest) {
    throw new Error(`${source}: the checkpoint is damaged: its content does not have the SHA-256 noted in it.`);
  }
  const state = decodeState(text, source);
  const group = (name: string): NamedArrays => {
    const arrays = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
    for (const [key, { dtype, shape, data }] of tensors) {
      if (!key.startsWith(`${name}/`)) continue;
      if (dtype !== 'F32') throw new Error(`${source}: the checkpoint's tensor '${key}' is ${dtype}, but must be F32.`);
      arrays.set(key.slice(name.length + 1), { shape, data });
    }
    return arrays;
  };
  const { fingerprint, position, randomState, optimizer, average, best, history } = state;
  return {
    fingerprint,
    position,
    randomState,
    // Epochs that have no score have no field for it.
    history: history.map(({ score, ...record }) => ({ ...record, ...(score !== undefined && { score }) })),
    parameters: group('parameters'),
    optimizer: { steps: optimizer.steps, arrays: group('optimizer') },
    ...(average && { average: { updates: average.updates, parameters: group('average') } }),
    ...(best && { best: { ...best, parameters: group('best') } }),
  };
}

/**
 * Keeps a run's latest checkpoint in one file, written whole or not at all (temporary file, fsync, rename), so that a run killed
 * at any moment finds the latest one that was finished.
 *
 * @param path of a file in a folder that exists; one file for each run
 */
export function fileCheckpoints(path: string): CheckpointStore {
  return {
    name: path,
    async load() {
      const bytes = await readWholeFile(path, 'the checkpoint');
      return bytes && decodeCheckpoint(bytes, path);
    },
    save: (checkpoint) => writeWholeFile(path, encodeCheckpoint(checkpoint)),
  };
}
