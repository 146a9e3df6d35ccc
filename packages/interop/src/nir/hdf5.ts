/** A value of an HDF5 file: text, texts or numbers. Numbers that are not float32 are read as float64. */
export type Hdf5Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'texts'; readonly shape: readonly number[]; readonly texts: readonly string[] }
  | { readonly kind: 'numbers'; readonly shape: readonly number[]; readonly data: Float32Array | Float64Array }
  | { readonly kind: 'integers'; readonly shape: readonly number[]; readonly data: readonly number[] };

/** A group of an HDF5 file: what it holds, by name. */
export interface Hdf5Group {
  readonly kind: 'group';
  readonly entries: ReadonlyMap<string, Hdf5Group | Hdf5Value>;
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** Values of a file, all together; more are refused before they are unpacked. */
const mostValues = 2 ** 25;
const deepestGroup = 64;

/** Where the file begins: the signature stands at byte 0, 512 or a power of two above. */
function beginningOf(bytes: Uint8Array): number | undefined {
  for (let at = 0; at + signature.length <= bytes.length; at = at === 0 ? 512 : 2 * at) {
    if (signature.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return undefined;
}

/** How many bytes the file says it has, where its addresses have 8 bytes, as is usual. */
function statedLength(bytes: Uint8Array, beginning: number): number {
  const version = bytes[beginning + 8] ?? 0;
  const [sizeAt, endAt] = version < 2 ? [13, version === 0 ? 40 : 44] : [9, 28];
  if (bytes[beginning + sizeAt] !== 8 || beginning + endAt + 8 > bytes.length) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Number(view.getBigUint64(beginning + endAt, true));
}

/** Emscripten's streams, of which the library's types say nothing. */
interface Streams {
  getStream(descriptor: number): { readonly tty?: { ops: Readonly<Record<string, unknown>> } } | undefined;
}

async function loadLibrary() {
  // 4 MB, so only when a file is read or written.
  const { default: h5wasm } = await import('h5wasm');
  const { FS } = await h5wasm.ready;
  // HDF5 prints a trace of every error that it also reports.
  const { tty } = (FS as typeof FS & Partial<Streams>).getStream?.(2) ?? {};
  if (tty !== undefined) tty.ops = { ...tty.ops, put_char: () => {} };
  return { h5wasm, files: FS };
}
type Library = Awaited<ReturnType<typeof loadLibrary>>;
type OpenFile = InstanceType<Library['h5wasm']['File']>;

let lastFile = 0;

/** Runs code with a name in the library's memory for a file, and removes the file. */
function withFile<Result>({ files }: Library, use: (name: string) => Result): Result {
  lastFile += 1;
  const name = `nir-${lastFile}.h5`;
  try {
    return use(name);
  } finally {
    if (files.analyzePath(name, false).exists) files.unlink(name);
  }
}

/**
 * Reads a whole HDF5 file, compressed or not.
 *
 * @param source names the file in messages
 * @throws (the promise rejects) if it is not an HDF5 file, is damaged, or holds values of other types than numbers and text.
 */
export async function readHdf5(bytes: Uint8Array, source: string): Promise<Hdf5Group> {
  const beginning = beginningOf(bytes);
  if (beginning === undefined) throw new Error(`${source}: is not an HDF5 file, as NIR files are`);
  const stated = statedLength(bytes, beginning);
  if (bytes.length < stated) throw new Error(`${source}: is cut off after ${bytes.length} of ${stated} bytes`);
  const library = await loadLibrary();
  return withFile(library, (name) => {
    library.files.writeFile(name, bytes);
    const file = opened(library, name, 'r', source);
    try {
      return groupOf({ library, left: mostValues }, file, source, 0);
    } catch (cause) {
      if (cause instanceof Hdf5Error) throw cause;
      throw new Error(`${source}: is damaged (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
    } finally {
      file.close();
    }
  });
}

class Hdf5Error extends Error {}

function opened({ h5wasm }: Library, name: string, mode: 'r' | 'w', source: string): OpenFile {
  let file: OpenFile | undefined;
  try {
    file = new h5wasm.File(name, mode);
  } catch (cause) {
    throw new Error(`${source}: is damaged; HDF5 cannot open it`, { cause });
  }
  if (file.file_id < 0n) throw new Error(`${source}: is damaged; HDF5 cannot open it`);
  return file;
}

/** A file that is being read, and how many more values it may hold. */
interface Reading {
  readonly library: Library;
  left: number;
}

function groupOf(reading: Reading, group: Pick<OpenFile, 'keys' | 'get'>, path: string, depth: number): Hdf5Group {
  const { library } = reading;
  if (depth > deepestGroup) throw new Hdf5Error(`${path}: groups are nested deeper than ${deepestGroup}`);
  const entries = new Map<string, Hdf5Group | Hdf5Value>();
  for (const key of group.keys()) {
    const entry = group.get(key);
    const at = `${path}: ${key}`;
    if (entry instanceof library.h5wasm.Group) entries.set(key, groupOf(reading, entry, `${path}/${key}`, depth + 1));
    else if (entry instanceof library.h5wasm.Dataset) entries.set(key, valueOf(reading, entry, at));
    else throw new Hdf5Error(`${at} is neither a group nor values, but a link or a type`);
  }
  return { kind: 'group', entries };
}

function valueOf(reading: Reading, dataset: InstanceType<Library['h5wasm']['Dataset']>, at: string): Hdf5Value {
  const { shape } = dataset;
  if (shape === null) throw new Hdf5Error(`${at} is empty`);
  const size = shape.reduce((product, length) => product * length, 1);
  if (size > reading.left) {
    throw new Hdf5Error(`${at} holds ${size} values, and the file more than ${mostValues} in all`);
  }
  reading.left -= size;
  const { value } = dataset;
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return { kind: 'numbers', shape, data: Float64Array.of(Number(value)) };
  }
  if (value instanceof Float32Array) return { kind: 'numbers', shape, data: value.slice() };
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const data = Float64Array.from(value as ArrayLike<number | bigint>, Number);
    if (data.length === size) return { kind: 'numbers', shape, data };
  }
  if (Array.isArray(value) && value.every((text) => typeof text === 'string')) {
    return { kind: 'texts', shape, texts: value };
  }
  throw new Hdf5Error(`${at} is of a type other than numbers or text`);
}

/** An HDF5 file of a group. Arrays are compressed by gzip. */
export async function writeHdf5(root: Hdf5Group): Promise<Uint8Array> {
  const library = await loadLibrary();
  return withFile(library, (name) => {
    const file = opened(library, name, 'w', 'the new file');
    writeGroup(file, root);
    file.flush();
    file.close();
    return library.files.readFile(name).slice();
  });
}

type Writable = Pick<OpenFile, 'create_group' | 'create_dataset'>;

function writeGroup(to: Writable, { entries }: Hdf5Group): void {
  for (const [name, entry] of entries) {
    if (entry.kind === 'group') writeGroup(to.create_group(name), entry);
    else writeValue(to, name, entry);
  }
}

function writeValue(to: Writable, name: string, value: Hdf5Value): void {
  switch (value.kind) {
    case 'text':
      to.create_dataset({ name, data: value.text, dtype: 'S' });
      return;
    case 'texts':
      to.create_dataset({ name, data: [...value.texts], shape: [...value.shape], dtype: 'S' });
      return;
    case 'integers': {
      const data = BigInt64Array.from(value.data, BigInt);
      to.create_dataset({ name, data, shape: [...value.shape], dtype: '<q' });
      return;
    }
    case 'numbers': {
      const shape = [...value.shape];
      const dtype = value.data instanceof Float32Array ? '<f' : '<d';
      const compressed = shape.length > 0 && value.data.length > 1024;
      to.create_dataset({
        name,
        data: value.data,
        shape,
        dtype,
        ...(compressed && { chunks: shape, compression: 'gzip', compression_opts: [4] }),
      });
    }
  }
}
