import { channelBlock, type ChannelRange, paddedChannels } from './layout.js';

const most = 2 ** 31 - 1;

function refuse(kernel: string, message: string): never {
  throw new RangeError(`the ${kernel} kernels cannot take this shape: ${message}.`);
}

/**
 * Returns the fields of a kernel's structure if all are valid.
 *
 * @throws {RangeError} if one is not an integer from 0 to 2³¹ − 1, the range of a field.
 */
export function checkedFields<Fields extends Readonly<Record<string, number>>>(kernel: string, fields: Fields): Fields {
  for (const [name, value] of Object.entries(fields)) {
    if (!Number.isInteger(value) || value < 0 || value > most) {
      refuse(kernel, `its ${name} is ${value}; a field holds an integer from 0 to ${most}`);
    }
  }
  return fields;
}

/** @throws {RangeError} if pixels have fewer channels than are read. */
export function assertReadable(kernel: string, { first, count }: ChannelRange, pitch: number): void {
  if (first + count > pitch) refuse(kernel, `channels ${first} to ${first + count - 1} are read of pixels of ${pitch}`);
}

/** @throws {RangeError} if writing does not start at a block of channels, or ends beyond the pixel. */
export function assertWritable(kernel: string, { first, count }: ChannelRange, pitch = Infinity): void {
  if (first % channelBlock !== 0)
    refuse(kernel, `its first output is ${first}, which is not a multiple of ${channelBlock}`);
  if (first + paddedChannels(count) > pitch) {
    refuse(kernel, `${count} outputs from ${first} on fill ${paddedChannels(count)}, but a pixel has ${pitch}`);
  }
}

/** @throws {RangeError} if a window along an axis lies outside the image. */
export function assertWindowsMeet(
  kernel: string,
  axis: {
    readonly image: number;
    readonly size: number;
    readonly stride: number;
    readonly before: number;
    readonly output: number;
  },
): void {
  const { image, size, stride, before, output } = axis;
  if (size <= before || (output - 1) * stride - before >= image) {
    refuse(kernel, `windows of ${size}, ${stride} apart from −${before} on, do not all reach into ${image}`);
  }
}
