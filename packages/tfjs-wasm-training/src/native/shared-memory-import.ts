const importSection = 2;
const memoryKind = 2;
const minimumOnly = 0;
const sharedWithMaximum = 3;

// 4 GiB in pages of 64 KiB: the most there can be, so that a memory with any maximum fits the import.
const mostPages = 65_536;

/** Reads an unsigned LEB128 number. */
function readNumber(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let place = at, factor = 1; ; place++, factor *= 128) {
    const byte = bytes[place];
    if (byte === undefined) throw new Error(`The WebAssembly module ends inside a number at byte ${at}.`);
    value += (byte & 0x7f) * factor;
    if ((byte & 0x80) === 0) return { value, next: place + 1 };
  }
}

/** An unsigned number as LEB128. */
function writeNumber(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) | 0x80, ...writeNumber(Math.floor(value / 128))];
}

/** The position of the import section, and of its contents. */
function importsOf(bytes: Uint8Array): { readonly start: number; readonly contents: number; readonly end: number } {
  // After the magic number and the version.
  for (let start = 8; start < bytes.length; ) {
    const { value: size, next } = readNumber(bytes, start + 1);
    if (bytes[start] === importSection) return { start, contents: next, end: next + size };
    start = next + size;
  }
  throw new Error('The WebAssembly module imports nothing.');
}

/**
 * The module that imports a shared memory instead of an unshared one: only its declaration differs. Loads
 * and stores are the same on both, and nothing in the module needs to be atomic, as it runs on one thread.
 *
 * @param bytes a module whose one import is a memory without a maximum
 * @throws if it is not such a module.
 */
export function withSharedMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { start, contents, end } = importsOf(bytes);
  const count = readNumber(bytes, contents);
  const moduleName = readNumber(bytes, count.next);
  const name = readNumber(bytes, moduleName.next + moduleName.value);
  const kind = name.next + name.value;
  const minimum = readNumber(bytes, kind + 2);
  if (count.value !== 1 || bytes[kind] !== memoryKind || bytes[kind + 1] !== minimumOnly || minimum.next !== end) {
    throw new Error('The WebAssembly module must import an unshared memory without a maximum, and nothing else.');
  }
  const section = [
    ...bytes.subarray(contents, kind + 1),
    sharedWithMaximum,
    ...writeNumber(minimum.value),
    ...writeNumber(mostPages),
  ];
  const before = bytes.subarray(0, start);
  const declared = [importSection, ...writeNumber(section.length), ...section];
  const after = bytes.subarray(end);
  const shared = new Uint8Array(before.length + declared.length + after.length);
  shared.set(before, 0);
  shared.set(declared, before.length);
  shared.set(after, before.length + declared.length);
  return shared;
}
