import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ImageBatch, Network } from '@rheobase/network';
import { encodeNetwork } from '@rheobase/network';
import { type Fingerprint, flatten } from '@rheobase/training';
import type { CalibrationOptions, CalibrationTask } from './calibration.js';
import type { CalibrationMethod } from './calibration-method.js';

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
    ...flatten({ method: method.description }),
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Of what it computes: its metadata does not count, and neither does whether it was read from a file. */
function digestOfNetwork(network: Network): string {
  return bytesToHex(sha256(encodeNetwork({ ...network, metadata: {} })));
}

function digestOfImages({ shape, images: data }: ImageBatch): string {
  return bytesToHex(
    sha256
      .create()
      .update(utf8ToBytes(shape.join('×')))
      .update(bytesOf(data))
      .digest(),
  );
}
