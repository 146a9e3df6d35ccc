import { describe, expect, it } from 'vitest';
import { subset } from './subset.js';
import { smallSource } from './testing/small-source.js';

describe('subset', () => {
  it('numbers the chosen images anew, in the order chosen', async () => {
    const part = subset(smallSource(9), [7, 2, 2]);
    expect(part.length).toBe(3);
    const batch = await part.read([2, 0]);
    expect([batch.images[0], batch.images[12]]).toEqual([2, 7]);
    expect([...batch.labels]).toEqual([2, 1]);
    expect([...batch.indices]).toEqual([2, 0]);
    expect([...(await part.labels())]).toEqual([1, 2, 2]);
  });

  it('refuses an index the source does not have', () => {
    expect(() => subset(smallSource(3), [0, 3])).toThrow('small (train): no image 3; the 3 images are numbered 0…2');
  });

  it('leaves the source open when it is closed', async () => {
    const source = smallSource(3);
    const part = subset(source, [1]);
    await part.close();
    await expect(part.read([0])).rejects.toThrow('small (train) is closed');
    expect((await source.read([1])).labels[0]).toBe(1);
  });
});
