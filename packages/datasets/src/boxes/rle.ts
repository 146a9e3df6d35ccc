import { inWords } from '@rheobase/network';
import type { Box, ImageSize } from './box.js';

/** A region as COCO writes it down: lengths of runs, alternately outside and inside, pixel by pixel down the columns. */
export interface RunLengths {
  /** Height and width. */
  readonly size: readonly [height: number, width: number];
  /** The first run lies outside. */
  readonly counts: readonly number[];
}

/**
 * Reads COCO's compressed run lengths: five bits a character from `0` on, the sixth says that more follow, and from the third run on each is
 * the difference to the one before last.
 *
 * @throws if the text ends within a number or holds another character.
 */
export function readCompressedCounts(text: string): readonly number[] {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let bits = 0;
    let more = true;
    while (more) {
      const code = text.charCodeAt(at) - 48;
      if (!(code >= 0 && code < 64)) {
        throw new Error(
          at < text.length ? `there is no run-length character '${text[at]}'` : 'the run lengths end within a number',
        );
      }
      value += (code & 31) * 2 ** bits;
      more = (code & 32) !== 0;
      bits += 5;
      at += 1;
      if (!more && (code & 16) !== 0) value -= 2 ** bits;
    }
    counts.push(counts.length > 2 ? value + (counts[counts.length - 2] ?? 0) : value);
  }
  return counts;
}

/**
 * Refuses run lengths that do not fill their image.
 *
 * @throws saying how many pixels they cover and how many there are.
 */
export function checkRunLengths({ size: [height, width], counts }: RunLengths, image: ImageSize): void {
  if (height !== image.height || width !== image.width) {
    throw new Error(
      `its run lengths are of an image of ${inWords(width)}×${inWords(height)} pixels, but the image has ${image.width}×${image.height}`,
    );
  }
  const wrong = counts.find((count) => !Number.isInteger(count) || count < 0);
  if (wrong !== undefined) throw new Error(`a run of its region has the length ${inWords(wrong)}`);
  const covered = counts.reduce((sum, count) => sum + count, 0);
  if (covered !== height * width) {
    throw new Error(`its run lengths cover ${covered} pixels, but the image has ${height * width}`);
  }
}

/** Number of pixels inside. */
export function regionArea({ counts }: RunLengths): number {
  return counts.reduce((sum, count, run) => (run % 2 === 1 ? sum + count : sum), 0);
}

/** The smallest box around the region; empty where the region is. */
export function regionBox({ size: [height], counts }: RunLengths): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  let from = 0;
  counts.forEach((count, run) => {
    if (run % 2 === 1 && count > 0) {
      const to = from + count - 1;
      const [first, last] = [Math.floor(from / height), Math.floor(to / height)];
      left = Math.min(left, first);
      right = Math.max(right, last + 1);
      top = Math.min(top, first === last ? from % height : 0);
      bottom = Math.max(bottom, first === last ? (to % height) + 1 : height);
    }
    from += count;
  });
  return right === 0 ? { left: 0, top: 0, right: 0, bottom: 0 } : { left, top, right, bottom };
}

/** 1 inside and 0 outside, row by row, `[height · width]`. */
export function regionMask({ size: [height, width], counts }: RunLengths): Uint8Array {
  const mask = new Uint8Array(height * width);
  let from = 0;
  counts.forEach((count, run) => {
    if (run % 2 === 1) {
      for (let at = from; at < from + count; at += 1) mask[(at % height) * width + Math.floor(at / height)] = 1;
    }
    from += count;
  });
  return mask;
}
