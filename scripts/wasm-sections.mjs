// What a module of kernels may hold. It lives in a memory that belongs to someone else: static data, a shadow stack or any
// other mutable global would need a place there that nobody gave it.

const GLOBAL = 6;
const DATA = 11;
const DATA_COUNT = 12;

/** Reads an unsigned LEB128 number. */
function unsigned(bytes, at) {
  let value = 0;
  for (let place = at, factor = 1; ; place++, factor *= 128) {
    const byte = bytes[place];
    if (byte === undefined) throw new Error(`the module ends inside a number at byte ${at}`);
    value += (byte & 0x7f) * factor;
    if ((byte & 0x80) === 0) return { value, next: place + 1 };
  }
}

function sections(bytes) {
  const found = [];
  for (let at = 8; at < bytes.length; ) {
    const { value: size, next } = unsigned(bytes, at + 1);
    found.push({ id: bytes[at], start: at, end: next + size });
    at = next + size;
  }
  return found;
}

/**
 * The module without its globals. The linker always declares a stack pointer, needed or not; where a function does use
 * it, what is left is no longer a valid module, which is how a shadow stack is found out.
 */
export function withoutGlobals(bytes) {
  const kept = sections(bytes).filter(({ id }) => id !== GLOBAL);
  return Buffer.concat([bytes.subarray(0, 8), ...kept.map(({ start, end }) => bytes.subarray(start, end))]);
}

/** What keeps a module from sharing another's heap, in words; nothing if it may. */
export function faults(bytes) {
  const found = [];
  const present = new Set(sections(bytes).map(({ id }) => id));
  if (present.has(DATA) || present.has(DATA_COUNT)) found.push('has static data: pass it in, or compute it');
  if (present.has(GLOBAL)) found.push('has globals');
  if (!WebAssembly.validate(bytes)) {
    found.push(
      'is not valid without globals: a kernel uses the stack (an array indexed by a variable, an address taken)',
    );
    return found;
  }
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  const names = imports.map(({ module, name, kind }) => `${kind} ${module}.${name}`).join(', ');
  if (names !== 'memory env.memory') found.push(`imports ${names} where it may import its memory alone`);
  return found;
}
