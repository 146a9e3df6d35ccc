import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Network } from '@rheobase/network';
import { encodeNetwork } from '@rheobase/network';
import type { Description } from '@rheobase/training';
import type { CalibrationOptions, CalibrationTask } from './calibration.js';
import type { CalibrationImages } from './calibration-images.js';
import type { CalibrationMethod } from './calibration-method.js';

type Setting = string | number | boolean | null;

/** What settles the outcome of a calibration, as flat fields. */
export type Fingerprint = Readonly<Record<string, Setting>>;

/** The fingerprint of a calibration. */
export function fingerprintOf(
  { quantized, spiking, steps, calibration, heldOut }: CalibrationTask,
  method: CalibrationMethod,
  { seed, batchSize }: CalibrationOptions,
): Fingerprint {
  return {
    quantized: digestOfNetwork(quantized),
    spiking: digestOfNetwork(spiking),
    steps,
    calibration: digestOfImages(calibration),
    heldOut: digestOfImages(heldOut),
    seed,
    batchSize: batchSize ?? null,
    ...Object.fromEntries(flat('method', method.description)),
  };
}

/** Where two fingerprints differ, in words; empty where they do not. */
export function differences(kept: Fingerprint, present: Fingerprint): readonly string[] {
  const shown = (fields: Fingerprint, name: string): string =>
    Object.hasOwn(fields, name) ? JSON.stringify(fields[name]) : 'not set';
  return [...new Set([...Object.keys(kept), ...Object.keys(present)])]
    .filter((name) => shown(kept, name) !== shown(present, name))
    .map((name) => `'${name}' was ${shown(kept, name)} and is ${shown(present, name)}`);
}

function flat(prefix: string, description: Description): readonly (readonly [string, Setting])[] {
  return Object.entries(description).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? flat(`${prefix}.${name}`, value)
      : [[`${prefix}.${name}`, value] as const],
  );
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Of what it computes: its free text does not count, nor does whether it was read from a file. */
function digestOfNetwork(network: Network): string {
  return bytesToHex(sha256(encodeNetwork({ ...network, metadata: {} })));
}

function digestOfImages({ shape, data }: CalibrationImages): string {
  return bytesToHex(
    sha256
      .create()
      .update(utf8ToBytes(shape.join('×')))
      .update(bytesOf(data))
      .digest(),
  );
}
