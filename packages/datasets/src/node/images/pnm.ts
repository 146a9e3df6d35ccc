import { checkLength, checkSides, type StoredImage } from './stored-image.js';

/** Maximum bytes of a number in text form, including blanks and comments. More is suspicious and refused. */
const textBytesOfNumber = 16;

const isBlank = (byte: number | undefined): boolean =>
  byte !== undefined && (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));

/** Reads numbers in decimal digits, parted by blanks and comments. */
function numbersIn(file: Uint8Array, from: number): { next(digits?: number): number; position(): number } {
  let at = from;
  return {
    position: () => at,
    /** @param digits maximum; 1 where numbers need no blanks between them */
    next(digits = 10) {
      while (isBlank(file[at]) || file[at] === 0x23) {
        if (file[at] === 0x23) while (at < file.length && file[at] !== 0x0a && file[at] !== 0x0d) at += 1;
        else at += 1;
      }
      const first = at;
      let value = 0;
      for (let digit = (file[at] ?? 0) - 48; digit >= 0 && digit <= 9 && at - first < digits; ) {
        value = value * 10 + digit;
        at += 1;
        digit = (file[at] ?? 0) - 48;
      }
      if (at === first) {
        throw new Error(at < file.length ? `byte ${at} should be a digit` : `it ends after ${at} bytes`);
      }
      return value;
    },
  };
}

/** Python's rounding: halves to even. */
function rounded(value: number): number {
  const whole = Math.round(value);
  return value - Math.floor(value) === 0.5 && whole % 2 === 1 ? whole - 1 : whole;
}

/**
 * Reads the header of a PBM, PGM or PPM file, in text (`P1` … `P3`) or in bytes (`P4` … `P6`). Values become 0…255 as Pillow's
 * `convert('RGB')` makes them: in proportion to the greatest, except that grey of more than 8 bits is taken to 65,535 and cut at 255.
 *
 * @param head the beginning of the file, with the whole header
 * @throws if the header is truncated or damaged.
 */
export function readPnm(head: Uint8Array): StoredImage {
  const kind = (head[1] ?? 0) - 48;
  const isText = kind <= 3;
  const isBitmap = kind === 1 || kind === 4;
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const header = numbersIn(head, 2);
  const size = { width: header.next(), height: header.next() };
  checkSides(size);
  const most = isBitmap ? 1 : header.next();
  if (most < 1 || most > 65_535) throw new Error(`its greatest value is ${most}, which is not within 1…65535`);
  const dataAt = header.position() + (isText ? 0 : 1);
  const samples = size.height * size.width * channels;
  const sampleBytes = most > 255 ? 2 : 1;
  const rowBytes = isBitmap ? Math.ceil(size.width / 8) : size.width * channels * sampleBytes;
  const scale = levels(most, channels);
  return {
    ...size,
    bytes: dataAt + (isText ? samples * textBytesOfNumber : rowBytes * size.height),
    decode: (file) => {
      if (!isText) checkLength(file, dataAt + rowBytes * size.height);
      const text = numbersIn(file, dataAt);
      const read = (index: number): number => {
        if (isText) {
          const value = text.next(isBitmap ? 1 : undefined);
          if (value > most) throw new Error(`its value ${value} is greater than ${most}`);
          return value;
        }
        if (isBitmap) {
          const x = index % size.width;
          return ((file[dataAt + Math.floor(index / size.width) * rowBytes + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1;
        }
        const at = dataAt + index * sampleBytes;
        return sampleBytes === 1 ? (file[at] ?? 0) : (file[at] ?? 0) * 256 + (file[at + 1] ?? 0);
      };
      const rgb = new Uint8Array(size.height * size.width * 3);
      for (let index = 0; index < samples; index += 1) {
        const value = read(index);
        // A bitmap's ones are black.
        const level = isBitmap ? (1 - value) * 255 : (scale[Math.min(value, most)] ?? 255);
        if (channels === 3) rgb[index] = level;
        else rgb.fill(level, index * 3, index * 3 + 3);
      }
      return rgb;
    },
  };
}

/** What each value from 0 to the greatest becomes. */
function levels(most: number, channels: number): Uint8Array {
  const isLongGrey = most > 255 && channels === 1;
  return Uint8Array.from({ length: most + 1 }, (_, value) =>
    isLongGrey ? Math.min(255, rounded((value / most) * 65_535)) : rounded((value / most) * 255),
  );
}
