import type { Network, NetworkBuilder } from '@rheobase/network';
import { constantParameter, networkBuilder } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { channelFirstOrders } from './channel-first-order.js';

/** A network that begins with an image [2, 3, 2] and its flattened form. */
function behindFlatten(more: (builder: NetworkBuilder) => string): Network {
  const builder = networkBuilder();
  builder.input('image', [2, 3, 2]);
  builder.node({ op: 'flatten', name: 'flatten', inputs: ['image'] });
  builder.output('output', more(builder));
  return builder.build();
}

const orderOf = (network: Network) => {
  const order = channelFirstOrders(network).get('output');
  return order?.kind === 'permuted' ? [...order.index] : order;
};

const flattenedOrder = [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11];

describe('channelFirstOrders', () => {
  it('finds element (h, w, c) of a flattened image at (c, h, w)', () => {
    expect(orderOf(behindFlatten(() => 'flatten'))).toEqual(flattenedOrder);
  });

  it('follows the order through activations, and through a reshape that flattens', () => {
    expect(orderOf(behindFlatten((builder) => builder.activation('relu', 'flatten', { kind: 'relu' })))).toEqual(
      flattenedOrder,
    );
    const network = behindFlatten((builder) => {
      builder.node({ op: 'reshape', name: 'reshape', inputs: ['image'], shape: [12] });
      return builder.node({ op: 'add', name: 'add', inputs: ['flatten', 'reshape'] });
    });
    expect(orderOf(network)).toEqual(flattenedOrder);
  });

  it('forgets the order behind a dense layer', () => {
    const network = behindFlatten((builder) =>
      builder.dense('fc', 'flatten', { weight: constantParameter('weight', [12, 4], 0) }),
    );
    expect(orderOf(network)).toEqual({ kind: 'same' });
  });

  it('shifts the order where vectors are joined', () => {
    const network = behindFlatten((builder) => {
      builder.node({ op: 'globalAvgPool', name: 'pool', inputs: ['image'] });
      return builder.node({ op: 'concat', name: 'concat', inputs: ['pool', 'flatten'] });
    });
    expect(orderOf(network)).toEqual([0, 1, ...flattenedOrder.map((at) => at + 2)]);
  });

  it('says what it cannot follow: a flattened image that is cut, shuffled, joined to another order or made an image again', () => {
    const unknown = [
      behindFlatten((builder) =>
        builder.node({ op: 'split', name: 'part', inputs: ['flatten'], sizes: [5, 7], part: 0 }),
      ),
      behindFlatten((builder) => builder.node({ op: 'channelShuffle', name: 'part', inputs: ['flatten'], groups: 2 })),
      behindFlatten((builder) => {
        builder.dense('fc', 'flatten', { weight: constantParameter('weight', [12, 12], 0) });
        return builder.node({ op: 'add', name: 'part', inputs: ['flatten', 'fc'] });
      }),
      behindFlatten((builder) => builder.node({ op: 'reshape', name: 'part', inputs: ['flatten'], shape: [3, 2, 2] })),
    ];
    for (const network of unknown) {
      expect(orderOf(network)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining("'part'") });
    }
  });
});
