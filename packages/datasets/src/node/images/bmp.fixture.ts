/** What a BMP file of the tests is made of. */
interface Bmp {
  readonly height: number;
  readonly width: number;
  readonly bits: number;
  /** Rows in the order of the file, each padded to four bytes. */
  readonly data: Uint8Array;
  readonly fromTop?: boolean;
  /** Four bytes a colour: blue, green, red, 0. */
  readonly palette?: Uint8Array;
  readonly compression?: number;
  /** Red, green and blue. */
  readonly masks?: readonly number[];
}

/** A BMP file with the header of Windows 3. */
export function bmpOf({
  height,
  width,
  bits,
  data,
  fromTop = false,
  palette = new Uint8Array(),
  compression = 0,
  masks = [],
}: Bmp): Uint8Array {
  const dataAt = 54 + 4 * masks.length + palette.length;
  const file = new Uint8Array(dataAt + data.length);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(2, file.length, true);
  view.setUint32(10, dataAt, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, fromTop ? -height : height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  view.setUint32(46, palette.length / 4, true);
  masks.forEach((mask, k) => view.setUint32(54 + 4 * k, mask, true));
  file.set(palette, dataAt - palette.length);
  file.set(data, dataAt);
  return file;
}
