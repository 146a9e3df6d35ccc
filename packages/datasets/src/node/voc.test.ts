import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineBoxes } from '../boxes/index.js';
import { testBoxSource } from '../conformance.js';
import { vocAnnotation, vocObject, writeVoc } from '../testing/fake-box-sets.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { openVoc } from './voc.js';
import { readVocAnnotation } from './voc-annotation.js';

const classNames = ['cat', 'dog'];
type Refusal = readonly [what: string, text: string, message: RegExp];

const open = async (folder: string) => openVoc({ folder, imageSet: 'train', split: 'train', classNames });

testBoxSource('a folder in the layout of VOC', async () => open(await writeVoc(await temporaryFolder())), {
  describe,
  it,
});

describe('a set in the layout of VOC', () => {
  it('has the edges of boxes around their first and last pixel, and their flags', async () => {
    const source = await open(await writeVoc(await temporaryFolder()));
    const [cat, dog] = source.annotation(0).objects;
    expect(cat).toEqual({
      box: { left: 2, top: 3, right: 10, bottom: 12 },
      label: 0,
      difficult: true,
      truncated: true,
      crowd: false,
      area: 72,
    });
    expect(dog).toMatchObject({
      box: { left: 19, top: 0, right: 24, bottom: 20 },
      label: 1,
      difficult: false,
      area: 100,
    });
    expect(source.annotation(1).objects[0]?.box).toEqual({ left: 0, top: 0, right: 24, bottom: 20 });
  });

  it('reads flags in every spelling', async () => {
    const folder = await writeVoc(await temporaryFolder());
    const flagsOf = async (word: string) => {
      const flags = `<difficult>${word}</difficult><truncated>${word}</truncated>`;
      await writeFile(join(folder, 'Annotations', 'one.xml'), vocAnnotation(vocObject('cat', [1, 1, 2, 2], flags)));
      const [object] = (await open(folder)).annotation(0).objects;
      return [object?.difficult, object?.truncated];
    };
    for (const word of ['1', 'true', 'True', ' 1 ']) expect(await flagsOf(word)).toEqual([true, true]);
    for (const word of ['0', 'false', 'False', '']) expect(await flagsOf(word)).toEqual([false, false]);
  });

  it('is read with byte order marks, in list and annotation', async () => {
    const folder = await writeVoc(await temporaryFolder());
    for (const path of [join('ImageSets', 'Main', 'train.txt'), join('Annotations', 'one.xml')]) {
      await writeFile(join(folder, path), `\ufeff${await readFile(join(folder, path), 'utf8')}`);
    }
    expect((await open(folder)).length).toBe(3);
  });

  it('refuses a list whose names leave the folder', async () => {
    const folder = await writeVoc(await temporaryFolder());
    await writeFile(join(folder, 'ImageSets', 'Main', 'train.txt'), 'one\n../../one\n');
    await expect(open(folder)).rejects.toThrow(
      /train\.txt: the file name "\.\.\/\.\.\/one\.xml" leads out of .*Annotations/,
    );
  });

  it('refuses a list that names an image twice, with both lines', async () => {
    const folder = await writeVoc(await temporaryFolder());
    await writeFile(join(folder, 'ImageSets', 'Main', 'train.txt'), 'one\n\ntwo\none -1\n');
    await expect(open(folder)).rejects.toThrow(/train\.txt: lines 1 and 4 both name one; remove one of them/);
  });

  it('reads corners between pixels, in every decimal spelling', async () => {
    const folder = await writeVoc(await temporaryFolder());
    const text = vocObject('cat', [1, 1, 20, 2]).replace('20', ' +1.05e1 ');
    await writeFile(join(folder, 'Annotations', 'one.xml'), vocAnnotation(text));
    expect((await open(folder)).annotation(0).objects[0]?.box.right).toBe(10.5);
  });

  it('counts the dirt it mended', async () => {
    const source = await open(await writeVoc(await temporaryFolder()));
    expect(source.findings).toEqual([
      { kind: 'box-without-area', image: 'one', object: 'object 2 (dog)' },
      { kind: 'box-past-border', image: 'one', object: 'object 3 (dog)' },
      { kind: 'image-without-boxes', image: 'three' },
    ]);
    expect(await examineBoxes(source, { pixels: true })).toEqual({
      images: 3,
      boxes: 3,
      boxesByClass: { cat: 1, dog: 2 },
      difficult: 1,
      truncated: 1,
      crowds: 0,
      findings: { 'box-without-area': 1, 'box-past-border': 1, 'image-without-boxes': 1, 'ignore-not-counted': 0 },
      greyImages: 1,
    });
  });

  it.each<Refusal>([
    ['malformed XML', '<annotation><size></annotation>', /one\.xml.*well-formed XML: line 1/],
    ['another document', '<html></html>', /one\.xml: has no element <annotation>/],
    ['a size that is none', vocAnnotation().replace('24', 'wide'), /one\.xml.*<width>.*"wide"/],
    ['a class that is not listed', vocAnnotation(vocObject('dof', [1, 1, 2, 2])), /one\.xml: object 1:.*'dof'.*'dog'/],
    [
      'a corner that is no number',
      vocAnnotation(vocObject('dog', [1, 1, 2, Number.NaN])),
      /one\.xml: object 1 \(dog\).*<ymax>.*NaN/,
    ],
    ...['0x10', '0b1', '1_0', '1e999'].map(
      (word): Refusal => [
        `a corner at ${word}, which is not decimal`,
        vocAnnotation(vocObject('dog', [1, 1, 20, 2]).replace('20', word)),
        new RegExp(`object 1 \\(dog\\): its <xmax> is "${word}", which is not a decimal number`),
      ],
    ),
    [
      'a side of the image at 0x18',
      vocAnnotation().replace('24', '0x18'),
      /one\.xml: the <width> of its <size> is "0x18"/,
    ],
    [
      'a box with swapped edges',
      vocAnnotation(vocObject('cat', [1, 1, 9, 9]), vocObject('dog', [9, 1, 2, 5])),
      /object 2 \(dog\).*edges swapped/,
    ],
    [
      'a box outside the image',
      vocAnnotation(vocObject('dog', [30, 1, 40, 5])),
      /object 1 \(dog\).*outside the image of 24×20/,
    ],
    [
      'an object without a box',
      vocAnnotation('<object><name>dog</name></object>'),
      /object 1 \(dog\) has no element <bndbox>/,
    ],
    [
      'an object with two boxes',
      vocAnnotation(vocObject('dog', [1, 1, 2, 2], '<bndbox></bndbox>')),
      /object 1 \(dog\) has 2 elements <bndbox>/,
    ],
    [
      'an object with two classes',
      vocAnnotation(vocObject('dog', [1, 1, 2, 2], '<name>cat</name>')),
      /object 1: its <name> is \["dog", "cat"\], not one class/,
    ],
    ...['2', 'Unspecified', '-1', '0.5'].flatMap((word) =>
      ['difficult', 'truncated'].map(
        (flag): Refusal => [
          `${flag} ${word}, which is neither yes nor no`,
          vocAnnotation(vocObject('dog', [1, 1, 2, 2], `<${flag}>${word}</${flag}>`)),
          new RegExp(`object 1 \\(dog\\): its <${flag}> is "${word}", not 0 or 1`),
        ],
      ),
    ),
    [
      'elements that nest without end',
      vocAnnotation('<part>'.repeat(1000) + '</part>'.repeat(1000)),
      /one\.xml: cannot be read as XML/,
    ],
    [
      'an entity that swells',
      `<!DOCTYPE a [<!ENTITY e "${'A'.repeat(20_000)}">]>${vocAnnotation('&e;'.repeat(20_000))}`,
      /one\.xml: cannot be read as XML/,
    ],
    ['a tag of an object’s own', vocAnnotation('<__proto__>1</__proto__>'), /one\.xml: cannot be read as XML/],
    [
      'more attributes than an annotation has room for',
      vocAnnotation(`<x ${'a="b" '.repeat(700_000)}/>`),
      /one\.xml: has 4200\d{3} bytes, more than the 4194304/,
    ],
  ])('refuses %s, naming file and object', async (_, text, message) => {
    const folder = await writeVoc(await temporaryFolder());
    await writeFile(join(folder, 'Annotations', 'one.xml'), text);
    await expect(open(folder)).rejects.toThrow(message);
  });

  it('refuses a truncated JPEG, and one of another size, naming the file', async () => {
    const folder = await writeVoc(await temporaryFolder());
    const path = join(folder, 'JPEGImages', 'one.jpg');
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 40));
    await expect((await open(folder)).read(0)).rejects.toThrow(/one\.jpg: cannot be decoded/);
    await writeFile(join(folder, 'Annotations', 'two.xml'), vocAnnotation().replace('24', '25'));
    await expect((await open(folder)).read(1)).rejects.toThrow(/two\.jpg: has 24×20.*25×20/);
  });

  it('says which list or annotation is missing', async () => {
    const folder = await writeVoc(await temporaryFolder());
    await expect(openVoc({ folder, imageSet: 'test', split: 'test', classNames })).rejects.toThrow(
      /test\.txt: no such file/,
    );
    await writeFile(join(folder, 'ImageSets', 'Main', 'train.txt'), 'four\n');
    await expect(open(folder)).rejects.toThrow(/four\.xml: no such file/);
    await writeFile(join(folder, 'ImageSets', 'Main', 'train.txt'), '\n');
    await expect(open(folder)).rejects.toThrow(/lists no image/);
  });
});

describe('an annotation of VOC', () => {
  it('with a single object is a list of one', () => {
    expect(readVocAnnotation(vocAnnotation(vocObject('cat', [1, 1, 3, 3])), 'x.xml', classNames).objects).toHaveLength(
      1,
    );
  });
});
