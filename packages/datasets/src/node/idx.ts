import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { type ByteFile, openByteFile } from './byte-file.js';

/**
 * An IDX file of unsigned bytes: big-endian, two zero bytes, the type (8), the number of dimensions, each dimension in four bytes, then
 * the values in row-major order.
 */
export interface IdxFile {
  /** The first is the number of items. */
  readonly dimensions: readonly number[];
  readonly headerBytes: number;
  /** The whole file unpacked, header included. */
  readonly bytes: ByteFile;
}

/** Packed bytes unpacked at a time: how closely damage can be located. */
const packedChunk = 16_384;

/** Unpacked bytes after which a header is surely complete. */
const longestHeader = 4 + 4 * 255;

/**
 * Unpacks a gzip file up to `limit` bytes of content.
 *
 * @returns the bytes, up to `limit`; `complete` says whether the content ended there
 * @throws (the promise rejects) naming the file and where in it if it is damaged.
 */
async function gunzipFile(
  path: string,
  limit: number,
): Promise<{ readonly content: Uint8Array; readonly complete: boolean }> {
  const packed = createReadStream(path, { highWaterMark: packedChunk });
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  packed.pipe(gunzip);
  const content = new Uint8Array(limit);
  let filled = 0;
  try {
    for await (const data of gunzip) {
      const chunk: Uint8Array = data;
      const part = chunk.subarray(0, limit - filled);
      content.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) return { content, complete: false };
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const from = gunzip.bytesWritten;
    const to = Math.min(from + packedChunk, packed.bytesRead);
    throw new Error(`${path}: corrupt gzip, between bytes ${from} and ${to}: ${reason}. Fetch the file again`, {
      cause,
    });
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
  return { content: content.subarray(0, filled), complete: true };
}

/** Reads an IDX header. */
function parseHeader(path: string, start: Uint8Array, wantedDimensions: number): Omit<IdxFile, 'bytes'> {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const headerBytes = 4 + 4 * wantedDimensions;
  if (start.length < headerBytes) {
    throw new Error(
      `${path}: ends at byte ${start.length}, within the ${headerBytes} bytes of its header. Fetch the file again`,
    );
  }
  const magic = view.getUint32(0);
  const wantedMagic = 0x0800 + wantedDimensions;
  if (magic !== wantedMagic) {
    throw new Error(
      `${path}: begins (byte 0) with 0x${magic.toString(16).padStart(8, '0')}, not 0x${wantedMagic.toString(16).padStart(8, '0')}: ` +
        `no IDX file of bytes in ${wantedDimensions} dimension(s)`,
    );
  }
  const dimensions = Array.from({ length: wantedDimensions }, (_, k) => view.getUint32(4 + 4 * k));
  return { dimensions, headerBytes };
}

function checkSize(path: string, { dimensions, headerBytes }: Omit<IdxFile, 'bytes'>, size: number): void {
  const expected = dimensions.reduce((product, dimension) => product * dimension, 1) + headerBytes;
  if (size === expected) return;
  const what = `${path}: its header says ${dimensions.join('×')}, ${expected} bytes in all`;
  throw new Error(
    size < expected
      ? `${what}, but it ends at byte ${size}. Fetch the file again`
      : `${what}, but it continues after byte ${expected}. Fetch the file again`,
  );
}

/** A gzip file's content, unpacked when it is first read. */
function unpackedLazily(path: string, header: Omit<IdxFile, 'bytes'>): ByteFile {
  const size = header.dimensions.reduce((product, dimension) => product * dimension, 1) + header.headerBytes;
  let unpacking: Promise<Uint8Array> | undefined;
  const unpack = async (): Promise<Uint8Array> => {
    const { content, complete } = await gunzipFile(path, size);
    checkSize(path, header, complete ? content.length : size + 1);
    return content;
  };
  return {
    path,
    size,
    async read(offset, length) {
      unpacking ??= unpack();
      return (await unpacking).slice(offset, offset + length);
    },
    async close() {
      unpacking = undefined;
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Opens the IDX file at `path`, or the one packed with gzip at `path.gz`. A packed file is unpacked when it is first read, and no further
 * than its header says.
 *
 * @param wantedDimensions how many dimensions it must have
 * @param largest refuses a header that promises more items or longer sides than these, before anything is allocated
 * @throws (the promise rejects) naming the file, and the byte where there is one, if it is missing, packed badly, no such IDX file, or
 * shorter or longer than its header says (of a packed file: when it is first read).
 */
export async function openIdx(path: string, wantedDimensions: number, largest: readonly number[]): Promise<IdxFile> {
  const packed = `${path}.gz`;
  const isPacked = !(await exists(path)) && (await exists(packed));
  const where = isPacked ? packed : path;
  const check = (header: Omit<IdxFile, 'bytes'>): void => {
    header.dimensions.forEach((dimension, k) => {
      const limit = largest[k] ?? 0;
      if (dimension > limit) {
        throw new Error(
          `${where}: byte ${4 + 4 * k} says ${dimension}, more than ${limit} of dimension ${k}: a damaged header`,
        );
      }
    });
  };
  if (isPacked) {
    const { content } = await gunzipFile(packed, longestHeader);
    const header = parseHeader(packed, content, wantedDimensions);
    check(header);
    return { ...header, bytes: unpackedLazily(packed, header) };
  }
  const bytes = await openByteFile(path, `nor is there ${packed}; download the set, or give the folder that holds it`);
  try {
    const header = parseHeader(path, await bytes.read(0, Math.min(bytes.size, longestHeader)), wantedDimensions);
    check(header);
    checkSize(path, header, bytes.size);
    return { ...header, bytes };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}
