import { readFile } from 'node:fs/promises';

/** Encodings that a byte order mark tells; UTF-8 needs none. */
const marks = [
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

/**
 * The text of a file: UTF-8, or UTF-16 where a byte order mark says so, as editors and shells on Windows write it. The mark itself is not
 * part of the text.
 *
 * @throws (the promise rejects) the system's error as it is, so that callers can say what the file was wanted for.
 */
export async function readText(path: string): Promise<string> {
  return textOf(await readFile(path));
}

/** The text that bytes of a file are, as {@link readText} reads them. */
function textOf(bytes: Uint8Array): string {
  const found = marks.find(({ mark }) => mark.every((byte, k) => bytes[k] === byte));
  // The decoder leaves the mark of its own encoding out.
  return new TextDecoder(found?.encoding ?? 'utf-8').decode(bytes);
}
