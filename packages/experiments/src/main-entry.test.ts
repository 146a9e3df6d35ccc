import { packagesReached } from '@rheobase/testing/node';
import { describe, expect, it } from 'vitest';

describe('the main entry', () => {
  it('runs in a browser: nothing it leads to needs Node', async () => {
    const { modules, packages } = await packagesReached(new URL('./index.ts', import.meta.url));
    expect(modules).toBeGreaterThan(8);
    const allowed =
      /^(?:@rheobase\/(?:activations|analysis|calibrator|converter|datasets|detection|event-engine|execution|methods|models|network|neurons|training)|@tensorflow\/tfjs-core)$/;
    expect(packages.filter((name) => !allowed.test(name))).toEqual([]);
  });
});
