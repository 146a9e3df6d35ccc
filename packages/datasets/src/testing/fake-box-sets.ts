import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

async function write(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

async function jpeg(height: number, width: number, { grey = false } = {}): Promise<Uint8Array> {
  const data = Uint8Array.from(
    { length: height * width * 3 },
    (_, at) => (grey ? Math.floor(at / 3) * 5 : at * 7) % 256,
  );
  const image = sharp(data, { raw: { height, width, channels: 3 } });
  return (grey ? image.toColourspace('b-w') : image).jpeg().toBuffer();
}

/** An object of a VOC annotation. */
export function vocObject(name: string, corners: readonly [number, number, number, number], flags = ''): string {
  const [xmin, ymin, xmax, ymax] = corners;
  const box = `<bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox>`;
  return `<object><name>${name}</name>${flags}${box}</object>`;
}

/** A VOC annotation of a 24×20 image. */
export function vocAnnotation(...objects: readonly string[]): string {
  return `<annotation><filename>x.jpg</filename><size><width>24</width><height>20</height><depth>3</depth></size>${objects.join('')}</annotation>`;
}

/** A folder in VOC's layout whose list `train` names three images: dirty, grey and empty. */
export async function writeVoc(folder: string): Promise<string> {
  await write(join(folder, 'ImageSets', 'Main', 'train.txt'), 'one\ntwo  1\nthree -1\n');
  for (const id of ['one', 'two', 'three']) {
    await write(join(folder, 'JPEGImages', `${id}.jpg`), await jpeg(20, 24, { grey: id === 'two' }));
  }
  const annotations = {
    one: vocAnnotation(
      vocObject('cat', [3, 4, 10, 12], '<difficult>1</difficult><truncated>1</truncated>'),
      vocObject('dog', [5, 5, 5, 9]),
      vocObject('dog', [20, 1, 30, 20]),
    ),
    two: vocAnnotation(vocObject('dog', [1, 1, 24, 20], '<part><name>head</name></part>')),
    three: vocAnnotation(),
  };
  for (const [id, text] of Object.entries(annotations)) await write(join(folder, 'Annotations', `${id}.xml`), text);
  return folder;
}

/** Instances of COCO: category ids with gaps and out of order, a crowd, an image without boxes. */
export function cocoInstances() {
  return {
    categories: [
      { id: 90, name: 'kite' },
      { id: 7, name: 'cat' },
    ],
    images: [
      { id: 11, file_name: 'a.jpg', height: 4, width: 6 },
      { id: 5, file_name: 'b.jpg', height: 3, width: 3 },
    ],
    annotations: [
      {
        id: 1,
        image_id: 11,
        category_id: 90,
        bbox: [1, 0.5, 2, 3],
        area: 4.5,
        iscrowd: 0,
        segmentation: [[1, 1, 2, 1, 2, 2]],
      },
      {
        id: 2,
        image_id: 11,
        category_id: 7,
        bbox: [0, 0, 6, 4],
        area: 20,
        iscrowd: 1,
        segmentation: { size: [4, 6], counts: [4, 20] as number[] | string },
      },
      { id: 3, image_id: 11, category_id: 7, bbox: [2, 2, 0, 0], area: 0, iscrowd: 0 },
    ],
  };
}

/** A folder in COCO's layout with one part, `train2017`. */
export async function writeCoco(folder: string): Promise<string> {
  const instances = cocoInstances();
  await write(join(folder, 'annotations', 'instances_train2017.json'), JSON.stringify(instances));
  for (const { file_name: name, height, width } of instances.images) {
    await write(join(folder, 'train2017', name), await jpeg(height, width));
  }
  return folder;
}
