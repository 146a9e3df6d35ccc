import { count } from '../decode.js';
import { fromOne, nodeDecoder } from '../decode-fields.js';
import type { ElementMap, Taps } from '../element-map.js';
import { channelsOf, taps } from '../element-map.js';
import type { DepthToSpaceNode } from '../node.js';
import type { Operation } from '../operation.js';
import { expectIntegers, fail, greatestExtent, image } from '../shape-rules.js';

export const depthToSpace: Operation<DepthToSpaceNode> = {
  decode: nodeDecoder<DepthToSpaceNode>('depthToSpace', { inputs: fromOne, block: count }),
  shape: ({ block }, [input = []]) => {
    const [height, width, channels] = image(input, 'its input');
    expectIntegers([block], 'its block', 1, greatestExtent);
    if (channels % block ** 2 !== 0) fail(`its ${channels} channels do not divide into ${block}×${block} blocks`);
    return [height * block, width * block, channels / block ** 2];
  },
  maps: ({ block }, [from = []], to) => {
    const length = channelsOf(to);
    const every = (axis: 0 | 1, offset: number): Taps =>
      taps(to[axis] ?? 1, from[axis] ?? 1, (at) =>
        at % block === offset ? [{ at: Math.floor(at / block), factor: 1 }] : [],
      );
    return Array.from({ length: block ** 2 }, (_, place): ElementMap => {
      const [row, column] = [Math.floor(place / block), place % block];
      const channels = [{ to: 0, from: place * length, length }];
      return { kind: 'image', slot: 0, rows: every(0, row), columns: every(1, column), channels };
    });
  },
  linear: true,
};
