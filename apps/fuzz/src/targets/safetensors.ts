import { readSafetensors, toFloat32, writeSafetensors } from '@rheobase/network';
import { changedBytes, changedSafetensors, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';

/** A file of tensors of every type, with metadata and without. */
export function safetensorsTarget(): FuzzTarget {
  const tensors = new Map([
    ['conv.weight', { dtype: 'F32', shape: [3, 3, 2], data: new Float32Array(18).fill(0.5) }],
    ['conv.bias', { dtype: 'F16', shape: [2], data: new Uint16Array([0x3c00, 0x0001]) }],
    ['wide', { dtype: 'F64', shape: [1], data: new Float64Array([1e300]) }],
    ['whole', { dtype: 'I64', shape: [2], data: new BigInt64Array([1n, -1n]) }],
    ['empty', { dtype: 'I8', shape: [0, 4], data: new Int8Array(0) }],
    ['flag', { dtype: 'BOOL', shape: [], data: new Uint8Array([1]) }],
  ] as const);
  const samples = [writeSafetensors(tensors, { format: 'pt' }), writeSafetensors(new Map(), {})];
  return {
    extension: '.safetensors',
    named: 'the-file',
    generate: mutatedSamples(samples, changedSafetensors, changedSafetensors, changedBytes),
    run: (input) => {
      for (const [name, tensor] of readSafetensors(input, 'the-file').tensors) {
        if (tensor.dtype.includes('F')) toFloat32(tensor, name);
      }
    },
  };
}
