import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';

/** A pixel that encodes file, image, row, column and channel. */
export function fakePixel(seed: number, index: number, y: number, x: number, channel: number): number {
  return (seed * 71 + index * 29 + y * 13 + x * 7 + channel * 101) % 256;
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** Records as CIFAR has them: the labels given for each, then planes of 32×32. */
export function cifarRecords(seed: number, labels: readonly (readonly number[])[]): Uint8Array {
  const records = labels.map((own, index) => [
    ...own,
    ...Array.from({ length: 3072 }, (_, at) =>
      fakePixel(seed, index, Math.floor((at % 1024) / 32), at % 32, Math.floor(at / 1024)),
    ),
  ]);
  return Uint8Array.from(records.flat());
}

/** A `cifar-10-batches-bin` with two training files, of 5 and 4 images, and 6 test images. */
export async function writeCifar10(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'cifar-10-batches-bin');
  const labels = (count: number) => Array.from({ length: count }, (_, k) => [(k * 3) % 10]);
  await write(join(folder, 'data_batch_1.bin'), cifarRecords(1, labels(5)));
  await write(join(folder, 'data_batch_4.bin'), cifarRecords(4, labels(4)));
  await write(join(folder, 'test_batch.bin'), cifarRecords(9, labels(6)));
  return folder;
}

/** A `cifar-100-binary` with 5 training and 4 test images. */
export async function writeCifar100(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'cifar-100-binary');
  const labels = (count: number) => Array.from({ length: count }, (_, k) => [k * 4, 99 - k]);
  await write(join(folder, 'train.bin'), cifarRecords(1, labels(5)));
  await write(join(folder, 'test.bin'), cifarRecords(2, labels(4)));
  return folder;
}

/** An IDX file of unsigned bytes. */
export function idx(dimensions: readonly number[], values: readonly number[]): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * dimensions.length));
  header.setUint32(0, 0x0800 + dimensions.length);
  dimensions.forEach((dimension, k) => header.setUint32(4 + 4 * k, dimension));
  return Uint8Array.from([...new Uint8Array(header.buffer), ...values]);
}

/** IDX images of 28×28. */
export function idxImages(seed: number, count: number): Uint8Array {
  const pixels = Array.from({ length: count * 784 }, (_, at) =>
    fakePixel(seed, Math.floor(at / 784), Math.floor((at % 784) / 28), at % 28, 0),
  );
  return idx([count, 28, 28], pixels);
}

/** A folder in MNIST's form: 6 training images packed, 4 test images not. */
export async function writeMnist(dataDir: string, folderName = 'mnist'): Promise<string> {
  const folder = join(dataDir, folderName);
  await write(join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(idxImages(1, 6)));
  await write(join(folder, 'train-labels-idx1-ubyte.gz'), gzipSync(idx([6], [3, 1, 4, 1, 5, 9])));
  await write(join(folder, 't10k-images-idx3-ubyte'), idxImages(2, 4));
  await write(join(folder, 't10k-labels-idx1-ubyte'), idx([4], [2, 7, 1, 8]));
  return folder;
}

/** An image file of smooth colour, in the form its ending names. */
export async function writeImage(
  path: string,
  height: number,
  width: number,
  seed = 1,
  channels: 1 | 3 = 3,
): Promise<void> {
  const data = Uint8Array.from({ length: height * width * channels }, (_, at) => {
    const pixel = Math.floor(at / channels);
    return fakePixel(seed, 0, Math.floor(pixel / width), pixel % width, at % channels);
  });
  await mkdir(dirname(path), { recursive: true });
  await sharp(data, { raw: { width, height, channels } }).toFile(path);
}

/** An `imagenet` with two classes of the thousand in `val`. */
export async function writeImageNet(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'imagenet');
  await write(join(folder, 'imagenet1000_wnids.txt'), 'n00000001 ant\nn00000002 bee\nn00000003 cat\n');
  await writeImage(join(folder, 'val', 'n00000003', 'b.jpg'), 230, 240, 2);
  await writeImage(join(folder, 'val', 'n00000003', 'a.png'), 260, 300, 1);
  await writeImage(join(folder, 'val', 'n00000001', 'c.png'), 301, 257, 3, 1);
  return folder;
}

/** A `tiny-imagenet-200` with two classes, listed out of order, of 8×8 images. */
export async function writeTinyImageNet(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'tiny-imagenet-200');
  await write(join(folder, 'wnids.txt'), 'n00000007\nn00000002\n');
  await write(join(folder, 'words.txt'), 'n00000002\tbee\nn00000007\tdog, hound\nn00000009\tunused\n');
  for (const [k, wnid] of ['n00000007', 'n00000002'].entries()) {
    for (const image of [0, 1]) {
      await writeImage(join(folder, 'train', wnid, 'images', `${wnid}_${image}.png`), 8, 8, k * 2 + image);
    }
  }
  await write(
    join(folder, 'val', 'val_annotations.txt'),
    'v_1.png\tn00000002\t0\t0\t7\t7\nv_0.png\tn00000007\t0\t0\t7\t7\n',
  );
  await writeImage(join(folder, 'val', 'images', 'v_0.png'), 8, 8, 10);
  await writeImage(join(folder, 'val', 'images', 'v_1.png'), 8, 8, 11);
  return folder;
}
