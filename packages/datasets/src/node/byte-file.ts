import { type FileHandle, open } from 'node:fs/promises';

/** Bytes of a file (or of what a file unpacks to), read by position. */
export interface ByteFile {
  /** Where it is, for messages. */
  readonly path: string;
  /** How many bytes there are. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset` on, in a fresh array.
   *
   * @throws (the promise rejects) naming the file and the offset where it ended too early.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Closing twice is harmless. */
  close(): Promise<void>;
}

/** Whether an error says that a file does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/**
 * Opens a file to be read by position.
 *
 * @param advice what to do about it when there is no such file
 * @throws (the promise rejects) naming the file if it is missing, unreadable or no file.
 */
export async function openByteFile(path: string, advice: string): Promise<ByteFile> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (cause) {
    if (isMissing(cause)) throw new Error(`${path}: no such file; ${advice}`, { cause });
    throw new Error(`${path}: cannot be read`, { cause });
  }
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw new Error(`${path}: not a file; ${advice}`);
  }
  const { size } = stats;
  let closed = false;
  return {
    path,
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) {
          throw new Error(
            `${path}: ends at byte ${offset + filled}, within ${length} bytes wanted from byte ${offset}; fetch it again`,
          );
        }
        filled += bytesRead;
      }
      return bytes;
    },
    async close() {
      if (closed) return;
      closed = true;
      await handle.close();
    },
  };
}
