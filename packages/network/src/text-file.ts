import { readFile } from 'node:fs/promises';

/** Encodings identified by a byte order mark; UTF-8 needs none. */
const marks = [
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

/**
 * The text of a file: UTF-8, or UTF-16 with a byte order mark, as editors and shells on Windows write it. The mark is not part of the text.
 *
 * @throws (the promise rejects) the system's error unchanged, so that callers can say what the file was needed for.
 */
export async function readText(path: string): Promise<string> {
  return textOf(await readFile(path));
}

/** Decodes the bytes of a file as {@link readText} does. */
function textOf(bytes: Uint8Array): string {
  const found = marks.find(({ mark }) => mark.every((byte, k) => bytes[k] === byte));
  // The decoder drops the byte order mark of its encoding.
  return new TextDecoder(found?.encoding ?? 'utf-8').decode(bytes);
}
