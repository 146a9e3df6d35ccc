import { unpackRuns } from './bmp-runs.js';
import { checkLength, checkSides, type StoredImage } from './stored-image.js';

const fileHeaderBytes = 14;
/** The header of OS/2, with sides of 16 bits and palette entries of three bytes. */
const coreHeaderBytes = 12;
/** From this length on the header of Windows itself holds the masks of colours. */
const headerWithMasks = 52;

const compressions = { none: 0, runs8: 1, runs4: 2, masks: 3, masksAndAlpha: 6 } as const;

/** Red, green and blue where the header names none. */
const usualMasks: Readonly<Record<number, readonly number[]>> = {
  16: [0x7c00, 0x03e0, 0x001f],
  24: [0xff0000, 0x00ff00, 0x0000ff],
  32: [0xff0000, 0x00ff00, 0x0000ff],
};

/**
 * Reads the header of a BMP file: 1, 4 and 8 bits with a palette, run lengths included; 16, 24 and 32 bits, with masks or without; rows from
 * below or from above. Transparency is left out.
 *
 * @param head the beginning of the file, palette included: 1,162 bytes are enough
 * @throws if it is truncated or of another kind.
 */
export function readBmp(head: Uint8Array): StoredImage {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  checkLength(head, fileHeaderBytes + coreHeaderBytes);
  const headerBytes = view.getUint32(14, true);
  const isCore = headerBytes === coreHeaderBytes;
  if (!isCore && (headerBytes < 40 || headerBytes > 124)) throw new Error(`its header has ${headerBytes} bytes`);
  checkLength(head, fileHeaderBytes + headerBytes);
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isCore ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isCore ? 24 : 28, true);
  const compression = isCore ? compressions.none : view.getUint32(30, true);
  const size = { height: Math.abs(signedHeight), width };
  checkSides(size);
  const dataAt = view.getUint32(10, true);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const hasRuns =
    (compression === compressions.runs8 && bits === 8) || (compression === compressions.runs4 && bits === 4);
  const hasMasks =
    (bits === 16 || bits === 32) && (compression === compressions.masks || compression === compressions.masksAndAlpha);
  if (!(hasRuns || hasMasks || compression === compressions.none) || ![1, 4, 8, 16, 24, 32].includes(bits)) {
    throw new Error(`it has ${bits} bits for a pixel and compression ${compression}, which is not read here`);
  }
  const rowAt = (row: number): number => (signedHeight < 0 ? row : size.height - 1 - row);
  if (bits <= 8) {
    const colours =
      isCore || view.getUint32(46, true) === 0 ? 2 ** bits : Math.min(view.getUint32(46, true), 2 ** bits);
    const entry = isCore ? 3 : 4;
    const paletteAt = fileHeaderBytes + headerBytes;
    checkLength(head, paletteAt + colours * entry);
    const palette = head.slice(paletteAt, paletteAt + colours * entry);
    return {
      ...size,
      // Run lengths use at most two bytes per pixel, plus the ends of rows.
      bytes: dataAt + (hasRuns ? 2 * width * size.height + 2 * size.height + 2 : rowBytes * size.height),
      decode: (file) => {
        const data = file.subarray(dataAt);
        if (!hasRuns) checkLength(file, dataAt + rowBytes * size.height);
        const indices = hasRuns ? unpackRuns(data, bits === 8 ? 8 : 4, size) : undefined;
        const indexOf = (row: number, x: number): number =>
          indices ? (indices[row * width + x] ?? 0) : bitsAt(data, row * rowBytes, x, bits);
        return painted(size, (row, x, rgb, to) => {
          const index = indexOf(rowAt(row), x);
          const from = index * entry;
          for (let channel = 0; channel < 3; channel += 1) rgb[to + channel] = palette[from + 2 - channel] ?? index;
        });
      },
    };
  }
  const masksAt = 14 + 40;
  if (hasMasks) checkLength(head, masksAt + 12);
  const masks = hasMasks ? [0, 4, 8].map((at) => view.getUint32(masksAt + at, true)) : (usualMasks[bits] ?? []);
  const fields = masks.map(fieldOf);
  // Masks that follow a header without room for them come before the pixels, and `dataAt` counts them.
  const firstByte = Math.max(dataAt, fileHeaderBytes + Math.max(headerBytes, hasMasks ? headerWithMasks : 0));
  const pixelBytes = bits / 8;
  return {
    ...size,
    bytes: firstByte + rowBytes * size.height,
    decode: (file) => {
      checkLength(file, firstByte + rowBytes * size.height);
      return painted(size, (row, x, rgb, to) => {
        const from = firstByte + rowAt(row) * rowBytes + x * pixelBytes;
        let pixel = 0;
        for (let byte = pixelBytes - 1; byte >= 0; byte -= 1) pixel = pixel * 256 + (file[from + byte] ?? 0);
        fields.forEach(({ mask, unit, most }, channel) => {
          const value = ((pixel & mask) >>> 0) / unit;
          rgb[to + channel] = Math.floor((value * 255) / most);
        });
      });
    },
  };
}

/** Fills RGB rows from the top. */
function painted(
  { height, width }: Pick<StoredImage, 'height' | 'width'>,
  paint: (row: number, x: number, rgb: Uint8Array, to: number) => void,
): Uint8Array {
  const rgb = new Uint8Array(height * width * 3);
  for (let row = 0, to = 0; row < height; row += 1) {
    for (let x = 0; x < width; x += 1, to += 3) paint(row, x, rgb, to);
  }
  return rgb;
}

function bitsAt(data: Uint8Array, rowAt: number, x: number, bits: number): number {
  const bit = x * bits;
  return ((data[rowAt + (bit >> 3)] ?? 0) >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
}

/**
 * A colour's place in a pixel.
 *
 * @throws if its bits are not contiguous.
 */
function fieldOf(mask: number): { readonly mask: number; readonly unit: number; readonly most: number } {
  const unit = mask === 0 ? 1 : (mask & -mask) >>> 0;
  const most = mask / unit;
  if (mask === 0 || !Number.isInteger(Math.log2(most + 1))) {
    throw new Error(`its mask 0x${mask.toString(16)} is not a mask of a colour`);
  }
  return { mask, unit, most };
}
