import { inMemory, normalizationNamed } from '@rheobase/datasets';
import { networkBuilder } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { assertFits, images } from './image-batches.js';

describe('assertFits', () => {
  it('says what the set knows about another number of classes', () => {
    const build = networkBuilder();
    build.output('y', build.input('x', [1, 1, 3]));
    const source = {
      ...inMemory({
        name: 'two',
        split: 'test',
        classNames: ['a', 'b'],
        imageShape: [1, 1, 3],
        images: new Uint8Array(3),
        labels: [1],
      }),
      classAdvice: 'List all classes in list.txt.',
    };
    expect(() => assertFits(build.build(), images(source, normalizationNamed('unit'), {}))).toThrow(
      /two has 2 classes\. .*--model-option classes=N\. List all classes in list\.txt\.$/,
    );
  });
});
