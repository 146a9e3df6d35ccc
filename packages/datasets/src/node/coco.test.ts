import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testBoxSource } from '../conformance.js';
import { cocoInstances, writeCoco } from '../testing/fake-box-sets.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { openCoco } from './coco.js';
import { readCocoInstances } from './coco-annotations.js';

type Refusal = readonly [what: string, text: string, message: RegExp];

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

  it('reads flags in every spelling that pycocotools takes', () => {
    const crowdOf = (spelling: string) =>
      readCocoInstances(changed(() => undefined).replace('"iscrowd":0', `"iscrowd":${spelling}`), 'x.json')
        .annotations[0]?.objects[0]?.crowd;
    expect(['1', 'true', '"1"', '"true"', '"True"'].map(crowdOf)).toEqual([true, true, true, true, true]);
    expect(['0', 'false', 'null', '""', '-0.0'].map(crowdOf)).toEqual([false, false, false, false, false]);
  });

  it('counts an object that is marked ignore, as pycocotools does, and notes it', () => {
    const text = changed(({ annotations }) => Object.assign(firstOf(annotations), { ignore: 1 }));
    const { annotations, findings } = readCocoInstances(text, 'x.json');
    expect(annotations[0]?.objects).toHaveLength(2);
    expect(findings[0]).toEqual({ kind: 'ignore-not-counted', image: '11', object: 'annotation 1' });
  });

  it('reads ids that are texts, if an annotation spells them as its image does', () => {
    const text = changed(() => undefined).replaceAll(/"(id|image_id)":11/g, '"$1":"img_11"');
    expect(readCocoInstances(text, 'x.json').annotations[0]).toMatchObject({ id: 'img_11', objects: [{}, {}] });
    const mixed = changed(() => undefined).replace('"id":11', '"id":"11"');
    expect(() => readCocoInstances(mixed, 'x.json')).toThrow('(id 1): there is no image 11 in the file');
  });

  it('takes the area of the box where none is given', () => {
    const text = changed(() => undefined).replace('"area":4.5', '"area":null');
    expect(readCocoInstances(text, 'x.json').annotations[0]?.objects[0]?.area).toBe(6);
  });

  it('is read with a byte order mark', async () => {
    const folder = await writeCoco(await temporaryFolder());
    const path = join(folder, 'annotations', 'instances_train2017.json');
    await writeFile(path, `\ufeff${await readFile(path, 'utf8')}`);
    expect((await open(folder)).length).toBe(2);
  });

  it.each(['../a.jpg', '/etc/a.jpg', 'sub/../../a.jpg', '..', String.raw`..\a.jpg`, 'C:a.jpg', 'a\0.jpg'])(
    'refuses the file name %j, which leaves the folder of images',
    async (name) => {
      const folder = await writeCoco(await temporaryFolder());
      const text = changed(({ images }) => (firstOf(images).file_name = name));
      await writeFile(join(folder, 'annotations', 'instances_train2017.json'), text);
      await expect(open(folder)).rejects.toThrow(
        /instances_train2017\.json: images\[0\] \(id 11\): the file name .* leads out of .*train2017/,
      );
    },
  );

  it('reads images from folders below, also where a name has two dots', async () => {
    const folder = await writeCoco(await temporaryFolder());
    await mkdir(join(folder, 'train2017', 'sub..x'));
    await rename(join(folder, 'train2017', 'a.jpg'), join(folder, 'train2017', 'sub..x', 'a..jpg'));
    const text = changed(({ images }) => (firstOf(images).file_name = 'sub..x/a..jpg'));
    await writeFile(join(folder, 'annotations', 'instances_train2017.json'), text);
    expect((await (await open(folder)).read(0)).image).toMatchObject({ height: 4, width: 6 });
  });

  it('reads compressed run lengths', () => {
    const text = changed(({ annotations }) => {
      for (const annotation of annotations)
        if (annotation.iscrowd === 1) annotation.segmentation = { size: [4, 6], counts: '4d0' };
    });
    expect(readCocoInstances(text, 'x.json').annotations).toHaveLength(2);
  });

  it.each<Refusal>([
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
      /annotations\[0\].*'bbox' is \[1, 2, 3\]/,
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
      /images\[1\] \(id 11\): images\[0\] \(id 11\) has this id too/,
    ],
    [
      'two categories of one id',
      changed(({ categories }) => categories.push({ id: 7, name: 'kitten' })),
      /categories\[2\] \(id 7\): categories\[1\] \(id 7\) has this id too/,
    ],
    [
      'two annotations of one id',
      changed(({ annotations }) => annotations.push({ ...firstOf(annotations) })),
      /annotations\[3\] \(id 1\): annotations\[0\] \(id 1\) has this id too/,
    ],
    [
      'an id that JavaScript rounds',
      changed(({ images }) => (firstOf(images).id = 2 ** 60)),
      /images\[0\].*'id' is 1152921504606847000, too large/,
    ],
    [
      'an infinite area',
      changed(() => undefined).replace('"area":4.5', '"area":1e999'),
      /\(id 1\): 'area' is Infinity/,
    ],
    ['a negative area', changed(({ annotations }) => (firstOf(annotations).area = -1)), /\(id 1\): 'area' is -1/],
    [
      'an area in words',
      changed(({ annotations }) => Object.assign(firstOf(annotations), { area: '4.5' })),
      /\(id 1\): 'area' is "4\.5"/,
    ],
    [
      'a fraction of a pixel as size',
      changed(({ images }) => (firstOf(images).width = 6.5)),
      /images\[0\] \(id 11\): 'width' is 6\.5/,
    ],
    [
      'an image without rows',
      changed(({ images }) => (firstOf(images).height = 0)),
      /images\[0\] \(id 11\): 'height' is 0/,
    ],
    ['NaN, which is no JSON', changed(() => undefined).replace('4.5', 'NaN'), /x\.json: is not JSON \(line 1 says NaN/],
    [
      'nesting without end in place of a box',
      changed(() => undefined).replace('[1,0.5,2,3]', `${'['.repeat(90)}${']'.repeat(90)}`),
      /\(id 1\): 'bbox' is \[\[…\]\]/,
    ],
    [
      'nesting without end',
      changed(() => undefined).replace('[1,0.5,2,3]', `${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      /^x\.json: its objects and lists are nested more than 100 deep/,
    ],
    ...['2', '"0"', '"no"', '[1]', '0.5'].flatMap((spelling) =>
      ['iscrowd', 'ignore'].map(
        (flag): Refusal => [
          `${flag} ${spelling}, which is neither yes nor no`,
          changed(() => undefined).replace('"iscrowd":0', `"iscrowd":0,"${flag}":${spelling}`),
          new RegExp(`\\(id 1\\): '${flag}' is .*neither 0 nor 1`),
        ],
      ),
    ),
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
