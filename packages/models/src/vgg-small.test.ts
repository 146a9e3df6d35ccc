import { inferShapes } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { glyphNet, vggSmall } from './vgg-small.js';

describe('vggSmall', () => {
  it('pools between its stages, not before the first or behind the last', () => {
    const network = vggSmall({ widths: [4, 6, 8], convolutions: 2 });
    expect(network.nodes.filter(({ op }) => op === 'avgPool').map(({ name }) => name)).toEqual([
      'stage2.pool',
      'stage3.pool',
    ]);
    expect(inferShapes(network).get('stage3.relu2')).toEqual([8, 8, 8]);
  });
});

describe('glyphNet', () => {
  it('is the small VGG of one convolution a stage', () => {
    const small = vggSmall({ widths: [16, 32, 64, 64], convolutions: 1, seed: 3 });
    const glyph = glyphNet({ seed: 3 });
    expect(glyph.nodes).toEqual(small.nodes);
    expect(glyph.parameters).toEqual(small.parameters);
  });
});
