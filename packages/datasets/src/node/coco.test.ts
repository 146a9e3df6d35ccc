import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testBoxSource } from '../conformance.js';
import { cocoInstances, writeCoco } from '../testing/fake-box-sets.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { openCoco } from './coco.js';
import { readCocoInstances } from './coco-annotations.js';

const open = async (folder: string) => openCoco({ folder, part: 'train2017', split: 'train' });

testBoxSource('a folder in the layout of COCO', async () => open(await writeCoco(await temporaryFolder())), {
  describe,
  it,
});

/** The instances with one thing changed. */
function changed(change: (instances: ReturnType<typeof cocoInstances>) => void): string {
  const instances = cocoInstances();
  change(instances);
  return JSON.stringify(instances);
}

function firstOf<Item>(list: readonly Item[]): Item {
  const [first] = list;
  if (first === undefined) throw new Error('the list is empty');
  return first;
}

describe('a set in the layout of COCO', () => {
  it('closes the gaps between category ids, keeps fractions of pixels and marks crowds', async () => {
    const source = await open(await writeCoco(await temporaryFolder()));
    expect(source.classNames).toEqual(['cat', 'kite']);
    expect(source.annotation(0)).toMatchObject({ id: '11', size: { height: 4, width: 6 } });
    expect(source.annotation(0).objects).toMatchObject([
      { box: { left: 1, top: 0.5, right: 3, bottom: 3.5 }, label: 1, crowd: false, area: 4.5 },
      { box: { left: 0, top: 0, right: 6, bottom: 4 }, label: 0, crowd: true, area: 20 },
    ]);
  });

  it('counts the dirt it mended', async () => {
    const source = await open(await writeCoco(await temporaryFolder()));
    expect(source.findings).toEqual([
      { kind: 'box-without-area', image: '11', object: 'annotation 3' },
      { kind: 'image-without-boxes', image: '5' },
    ]);
  });

  it('reads compressed run lengths', () => {
    const text = changed(({ annotations }) => {
      for (const annotation of annotations)
        if (annotation.iscrowd === 1) annotation.segmentation = { size: [4, 6], counts: '4d0' };
    });
    expect(readCocoInstances(text, 'x.json').annotations).toHaveLength(2);
  });

  it.each([
    ['text that is not JSON', '{', /x\.json: is not JSON/],
    ['another document', '{"images": []}', /x\.json: has no list 'categories'/],
    [
      'a category that is not listed',
      changed(({ annotations }) => (firstOf(annotations).category_id = 8)),
      /x\.json: annotations\[0\] \(id 1\).*category '8'.*7/,
    ],
    [
      'an image that is not listed',
      changed(({ annotations }) => (firstOf(annotations).image_id = 3)),
      /annotations\[0\] \(id 1\): there is no image 3/,
    ],
    [
      'a box of three numbers',
      changed(({ annotations }) => (firstOf(annotations).bbox = [1, 2, 3])),
      /annotations\[0\].*'bbox' is \[1,2,3\]/,
    ],
    [
      'a box outside the image',
      changed(({ annotations }) => (firstOf(annotations).bbox = [7, 1, 2, 2])),
      /image 11: annotation 1.*outside/,
    ],
    [
      'run lengths that are too short',
      changed(({ annotations }) =>
        Object.assign(annotations[1] ?? {}, { segmentation: { size: [4, 6], counts: [4, 19] } }),
      ),
      /annotations\[1\] \(id 2\).*cover 23 pixels.*24/,
    ],
    [
      'run lengths of another size',
      changed(({ annotations }) =>
        Object.assign(annotations[1] ?? {}, { segmentation: { size: [6, 4], counts: [24] } }),
      ),
      /annotations\[1\] \(id 2\).*4×6.*6×4/,
    ],
    [
      'two images of one id',
      changed(({ images }) => Object.assign(images[1] ?? {}, { id: 11 })),
      /two of its images have one id/,
    ],
  ])('refuses %s, naming file and object', (_, text, message) => {
    expect(() => readCocoInstances(text, 'x.json')).toThrow(message);
  });

  it('refuses a truncated JPEG, naming the file', async () => {
    const folder = await writeCoco(await temporaryFolder());
    const path = join(folder, 'train2017', 'a.jpg');
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 10));
    await expect((await open(folder)).read(0)).rejects.toThrow(/a\.jpg: cannot be decoded/);
  });

  it('says which file is missing', async () => {
    await expect(open(await temporaryFolder())).rejects.toThrow(/instances_train2017\.json: no such file/);
  });
});
