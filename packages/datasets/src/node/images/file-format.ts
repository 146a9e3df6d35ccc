/** Formats that are read here, and others that messages name. */
const signatures = [
  { format: 'JPEG', starts: [[0xff, 0xd8, 0xff]] },
  { format: 'PNG', starts: [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]] },
  { format: 'WebP', starts: ['RIFF????WEBP'] },
  { format: 'TIFF', starts: ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'] },
  { format: 'BMP', starts: ['BM'] },
  { format: 'PNM', starts: ['P1', 'P2', 'P3', 'P4', 'P5', 'P6'] },
] as const;

const others = [
  { format: 'a GIF', starts: ['GIF87a', 'GIF89a'] },
  { format: 'an SVG drawing, or another XML document', starts: ['<?xml', '<svg', '<!DOCTYPE svg'] },
  { format: 'a web page', starts: ['<!DOCTYPE', '<!doctype', '<html'] },
  { format: 'a HEIF or AVIF image', starts: ['????ftyp'] },
  { format: 'a PDF', starts: ['%PDF'] },
  { format: 'a pointer of Git LFS (`git lfs pull` fetches the file)', starts: ['version https://git-lfs'] },
] as const;

/** A format of images that is read here; `PNM` is PBM, PGM and PPM, in text or in bytes. */
export type FileFormat = (typeof signatures)[number]['format'];

/** Bytes at the start of a file that identify its format. */
export const signatureBytes = 64;

function begins(head: Uint8Array, start: string | readonly number[]): boolean {
  const bytes = typeof start === 'string' ? Array.from(start, (letter) => letter.charCodeAt(0)) : start;
  const any = '?'.charCodeAt(0);
  return bytes.every((byte, at) => byte === head[at] || (typeof start === 'string' && byte === any));
}

/** The format of a file by its first bytes, whatever its name; nothing where it is none that is read. */
export function fileFormat(head: Uint8Array): FileFormat | undefined {
  return signatures.find(({ starts }) => starts.some((start) => begins(head, start)))?.format;
}

/** A description of a file that is not a readable image. */
export function otherContent(head: Uint8Array): string | undefined {
  if (head.length === 0) return 'an empty file';
  const first = head.findIndex((byte) => ![0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf].includes(byte));
  const text = head.subarray(Math.max(0, first));
  return others.find(({ starts }) => starts.some((start) => begins(text, start)))?.format;
}
