import { readCocoInstances, readVocAnnotation } from '@rheobase/datasets/node';
import { changedBytes, changedJson, changedText, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

const object = (name: string, inside: string): string => `
  <object>
    <name>${name}</name>
    <pose>Left</pose>
    <truncated>1</truncated>
    <difficult>0</difficult>
    <bndbox><xmin>3</xmin><ymin>4.5</ymin><xmax>10</xmax><ymax>12</ymax></bndbox>${inside}
  </object>`;

const voc = `<?xml version="1.0"?>
<annotation>
  <folder>set</folder><filename>a.jpg</filename>
  <size><width>24</width><height>20</height><depth>3</depth></size>${object('cat', '')}${object('dog', '<part><name>head</name></part>')}
</annotation>
`;

/** Annotation files of PASCAL VOC. */
export function vocTarget(): FuzzTarget {
  return {
    extension: '.xml',
    named: 'the-file',
    generate: mutatedSamples([encoded(voc)], changedText, changedText, changedText, changedBytes),
    run: (input) => readVocAnnotation(new TextDecoder().decode(input), 'the-file', ['cat', 'dog']),
  };
}

const coco = {
  info: { year: 2017 },
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
      category_id: 7,
      bbox: [1, 1, 2, 2],
      area: 4,
      iscrowd: 0,
      segmentation: [[1, 1, 3, 1, 3, 3]],
    },
    {
      id: 2,
      image_id: 11,
      category_id: 90,
      bbox: [0, 0, 6, 4],
      area: 9,
      iscrowd: 1,
      segmentation: { size: [4, 6], counts: [3, 9, 12] },
    },
    {
      id: 3,
      image_id: 5,
      category_id: 7,
      bbox: [0, 0, 3, 3],
      area: 9,
      iscrowd: 1,
      segmentation: { size: [3, 3], counts: '054' },
    },
  ],
};

/** Instances files of COCO. */
export function cocoTarget(): FuzzTarget {
  return {
    extension: '.json',
    named: 'the-file',
    generate: mutatedSamples([encoded(JSON.stringify(coco))], changedJson, changedJson, changedText),
    run: (input) => readCocoInstances(new TextDecoder().decode(input), 'the-file'),
  };
}
