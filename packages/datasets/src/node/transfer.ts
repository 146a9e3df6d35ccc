import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { isMissing } from './byte-file.js';
import type { PublishedFile } from './published-set.js';
import { sha256Of } from './sha256.js';

/** How far a transfer is. */
export interface TransferProgress {
  readonly url: string;
  /** Bytes there are so far, those of an earlier attempt included. */
  readonly received: number;
  readonly total: number;
}

/** How to transfer. */
export interface TransferOptions {
  /** Called whenever bytes have arrived. */
  readonly progress?: (progress: TransferProgress) => void;
  /** Ends the transfer; what has arrived is kept, to resume from. */
  readonly signal?: AbortSignal;
  /** Stands in for the platform's `fetch`. */
  readonly fetch?: typeof fetch;
  /** Seconds to wait for the next bytes, or for the response, before reconnecting and resuming from there; default: 30. */
  readonly stallSeconds?: number;
}

/** Seconds without a byte after which a connection counts as dead. */
const usualStallSeconds = 30;

/** How often a server is asked again without having sent a byte in between. */
const mostAttempts = 3;

/** Ends an attempt in which nothing arrives for too long. */
class Stalled extends Error {
  override readonly name = 'Stalled';
}

/** An attempt to fetch: its signal, and a timer that ends it unless it is reset in time. */
interface Attempt {
  readonly signal: AbortSignal;
  wind(): void;
  end(): void;
}

function attempt({ signal, stallSeconds = usualStallSeconds }: TransferOptions): Attempt {
  const stop = new AbortController();
  const passOn = (): void => stop.abort(signal?.reason);
  if (signal?.aborted === true) passOn();
  signal?.addEventListener('abort', passOn);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wind = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(new Stalled(`nothing came for ${stallSeconds} s`)), stallSeconds * 1000);
  };
  wind();
  return {
    signal: stop.signal,
    wind,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', passOn);
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** Whether a response continues at byte `from`. */
function continuesAt(response: Response, from: number): boolean {
  return response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${from}-`) === true;
}

/**
 * Asks for a file from byte `from` on.
 *
 * @returns the response, and where its body begins: 0 if the server does not support ranges
 */
async function request(
  url: string,
  from: number,
  options: TransferOptions,
  signal: AbortSignal,
): Promise<{ readonly response: Response; readonly start: number }> {
  const { fetch: fetching = fetch } = options;
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (from > 0) headers['range'] = `bytes=${from}-`;
  let response: Response;
  try {
    response = await fetching(url, { headers, signal });
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new Error(
      `${url}: cannot be reached (${reason}); try again later, or put the files into the data folder yourself`,
      { cause },
    );
  }
  if (from > 0 && continuesAt(response, from)) return { response, start: from };
  if (response.status === 200) return { response, start: 0 };
  await response.body?.cancel();
  // A range refused or misunderstood: ask for the whole.
  if (from > 0 && (response.status === 416 || response.status === 206)) return request(url, 0, options, signal);
  throw new Error(`${url}: the server answered ${response.status} ${response.statusText}`.trimEnd());
}

/** Writes a response's body to a part file from byte `start` on; resolves with the bytes the part then has. */
async function receive(
  response: Response,
  part: string,
  start: number,
  { url, bytes }: PublishedFile,
  { progress }: TransferOptions,
  { signal, wind }: Attempt,
): Promise<number> {
  const handle: FileHandle = await open(part, start === 0 ? 'w' : 'a');
  let received = start;
  try {
    progress?.({ url, received, total: bytes });
    for await (const chunk of response.body ?? []) {
      await handle.writeFile(chunk);
      received += chunk.byteLength;
      wind();
      progress?.({ url, received, total: bytes });
      if (received > bytes) return received;
    }
    return received;
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(
      `${url}: the transfer broke off after ${received} of ${bytes} bytes; they are kept; run it again to resume`,
      { cause },
    );
  } finally {
    await handle.close();
  }
}

/**
 * Refuses a file that is announced with another size than was published, before it is fetched.
 *
 * @throws naming the URL and both sizes.
 */
async function checkAnnounced(response: Response, { url, bytes }: PublishedFile): Promise<void> {
  const announced = announcedBytes(response);
  if (announced === undefined || announced === bytes) return;
  await response.body?.cancel();
  throw new Error(
    `${url}: has ${announced} bytes, but ${bytes} were published; the file there is another one. ` +
      'Nothing was fetched; get the set elsewhere, and put it into the data folder',
  );
}

/** Bytes of the whole file, as its server says; nothing where it does not. */
function announcedBytes({ status, headers }: Response): number | undefined {
  if (status === 206) {
    const [, total] = /\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
    return total === undefined ? undefined : Number(total);
  }
  const length = headers.get('content-length');
  // Of an encoded body the length is that of the encoding.
  const isPlain = (headers.get('content-encoding') ?? 'identity') === 'identity';
  return length === null || !isPlain ? undefined : Number(length);
}

/** Fetches the missing rest of a partial file; resumes automatically after a stall, as long as bytes arrive in between. */
async function fetchRest(file: PublishedFile, part: string, options: TransferOptions): Promise<number> {
  let size = await sizeOf(part);
  let attemptsLeft = mostAttempts;
  while (size < file.bytes) {
    const current = attempt(options);
    try {
      const { response, start } = await request(file.url, size, options, current.signal);
      await checkAnnounced(response, file);
      return await receive(response, part, start, file, options, current);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof Stalled)) throw error;
      const now = await sizeOf(part);
      attemptsLeft = now > size ? mostAttempts : attemptsLeft - 1;
      size = now;
      if (attemptsLeft === 0) {
        throw new Error(
          `${file.url}: ${error.message}, ${mostAttempts} times; ${size} of ${file.bytes} bytes are kept; run it again to resume`,
          { cause: error },
        );
      }
    } finally {
      current.end();
    }
  }
  return size;
}

/** How a complete part differs from what was published, if it does. */
async function faultOf(part: string, size: number, { bytes, sha256 }: PublishedFile): Promise<string | undefined> {
  if (size > bytes) return `more than the ${bytes} bytes that`;
  const found = await sha256Of(part);
  return found === sha256 ? undefined : `SHA-256 ${found}, but ${sha256}`;
}

/**
 * Fetches a published file to `path` and verifies it. While under way it is `path.part`, from which a later call resumes with an HTTP range
 * request; a server that ignores the range sends the whole again. A connection on which nothing arrives for `stallSeconds` is given up, and the transfer
 * goes on from where it is on another one. The file appears under its own name only once its length and SHA-256 are right.
 *
 * @throws (the promise rejects) naming the URL if it cannot be reached, answers with an error, breaks off, or stalls three times without a byte in
 * between (what has come is kept), or if it announces another size, or sends other bytes than published (nothing is kept); with the signal's
 * reason if that ends it.
 */
export async function transfer(file: PublishedFile, path: string, options: TransferOptions = {}): Promise<void> {
  const part = `${path}.part`;
  options.signal?.throwIfAborted();
  const size = await fetchRest(file, part, options);
  if (size < file.bytes) {
    throw new Error(
      `${file.url}: the server ended after ${size} of ${file.bytes} bytes; they are kept; run it again to resume`,
    );
  }
  const fault = await faultOf(part, size, file);
  if (fault !== undefined) {
    await rm(part, { force: true });
    throw new Error(`${file.url}: sent ${fault} was published; nothing was kept. Run it again to download it again`);
  }
  await rename(part, path);
}
