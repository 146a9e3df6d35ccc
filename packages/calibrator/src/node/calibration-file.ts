import { createHash } from 'node:crypto';
import type { Network } from '@rheobase/network';
import { decodeNetwork, encodeNetwork } from '@rheobase/network';
import { readWholeFile, writeWholeFile } from '@rheobase/network/node';
import type { CalibrationState, CalibrationStore } from '../calibration-store.js';
import { decodeState, formatVersion } from './calibration-state.js';

/** Keys of the network's metadata: the state without its network, as JSON, and the SHA-256 of that and of the network. */
const keys = { state: 'rheobase.calibration', digest: 'rheobase.calibration.sha256' } as const;

/**
 * A state as one network file, with the rest in its metadata.
 *
 * @throws if the network's own metadata has one of the keys in which that stands.
 */
export function encodeCalibration({ network, fingerprint, sites }: CalibrationState): Uint8Array {
  const { metadata } = network;
  for (const key of Object.values(keys)) {
    if (Object.hasOwn(metadata, key))
      throw new Error(`The network's metadata has the reserved key '${key}'; rename it.`);
  }
  const state = JSON.stringify({ version: formatVersion, fingerprint, sites });
  const own = { [keys.state]: state, [keys.digest]: digestOf(state, network) };
  return encodeNetwork({ ...network, metadata: { ...metadata, ...own } });
}

/**
 * Reads what {@link encodeCalibration} wrote.
 *
 * @param source the file's name, for messages
 * @throws naming `source`, if it is damaged, no calibration, or of a format version that is not read here.
 */
export function decodeCalibration(bytes: Uint8Array, source: string): CalibrationState {
  const network = decodeNetwork(bytes, source);
  const { [keys.state]: state, [keys.digest]: digest, ...metadata } = network.metadata;
  if (state === undefined || digest === undefined) {
    throw new Error(`${source}: it holds a network but no calibration (its metadata has no '${keys.state}').`);
  }
  if (digestOf(state, { ...network, metadata }) !== digest) {
    throw new Error(`${source}: the calibration is damaged: its content does not have the SHA-256 noted in it.`);
  }
  const { fingerprint, sites } = decodeState(state, source);
  return {
    fingerprint,
    network: { ...network, metadata },
    // Sites whose method has no loss have no field for it.
    sites: sites.map(({ heldOutLoss, seconds, ...site }) => ({
      ...site,
      ...(heldOutLoss && { heldOutLoss }),
      seconds,
    })),
  };
}

function digestOf(state: string, network: Network): string {
  return createHash('sha256').update(state).update(encodeNetwork(network)).digest('hex');
}

/**
 * Keeps a calibration's latest state in one file, written whole or not at all (temporary file, fsync, rename), so that a run killed
 * at any moment resumes after the last site that was finished.
 *
 * @param path of a file in a folder that exists; one file for each pass
 */
export function fileCalibrationStore(path: string): CalibrationStore {
  return {
    name: path,
    async load() {
      const bytes = await readWholeFile(path, 'the calibration');
      return bytes && decodeCalibration(bytes, path);
    },
    save: (state) => writeWholeFile(path, encodeCalibration(state)),
  };
}
