/** Adjacent channels that a kernel processes at once: every pixel of words and currents has a multiple of them. */
export const channelBlock = 8;

/** Most time steps that fit a spike word. */
export const wordSteps = 32;

/** Channels of an image that a kernel reads or writes. */
export interface ChannelRange {
  readonly first: number;
  readonly count: number;
}

/** Channels of a pixel in memory: `channels` rounded up to whole blocks. */
export function paddedChannels(channels: number): number {
  return Math.ceil(channels / channelBlock) * channelBlock;
}

/** The values of a structure that a kernel reads: numbers, and addresses in the caller's form. */
export type Structure<Field extends string, Address> = Readonly<Record<Field, Address | number>>;

/** A structure's values in memory order, 4 bytes each. */
export function layOut<Field extends string, Address>(
  fields: readonly Field[],
  values: Structure<Field, Address>,
): readonly (Address | number)[] {
  return fields.map((field) => values[field]);
}

/** For every byte the positions of its bits, in order, `[256, 8]`: the table for building event lists. */
export function bitPositions(): Uint16Array {
  const table = new Uint16Array(256 * 8);
  for (let byte = 0; byte < 256; byte++) {
    let count = 0;
    for (let bit = 0; bit < 8; bit++) {
      if ((byte >> bit) & 1) table[8 * byte + count++] = bit;
    }
  }
  return table;
}
