// (module (func (result v128) f32x4.relaxed_madd of three zeros))
const probe = Uint8Array.from([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00,
  0x0a, 0x13, 0x01, 0x11, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x85,
  0x02, 0x0b,
]);

const supported = (): boolean => WebAssembly.validate(probe);

/**
 * Whether this engine runs relaxed SIMD. Node 20 does so only after its flag is set, which can be done at run time, for
 * modules compiled from then on: it is set here.
 */
export async function enableRelaxedSimd(): Promise<boolean> {
  if (supported()) return true;
  if (typeof process === 'undefined' || process.versions?.node === undefined) return false;
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return supported();
}
