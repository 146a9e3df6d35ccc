import { defaultModels } from '@rheobase/models';
import { describe, expect, it } from 'vitest';
import { networkIdentity } from './network-identity.js';

const identity = (model: string, options: Readonly<Record<string, unknown>>) =>
  networkIdentity({ model, options }, defaultModels.get(model).options);

describe('networkIdentity', () => {
  it('names the pooling of models whose default has changed, so that no run is resumed with another one', () => {
    expect(identity('vgg16', { classes: 100 }).options).toEqual({ classes: 100, pooling: 'max' });
  });

  it('leaves every other network as it is given', () => {
    expect(identity('vgg16', { pooling: 'average' }).options).toEqual({ pooling: 'average' });
    expect(identity('glyph-net', {}).options).toEqual({});
    expect(identity('resnet20', {}).options).toEqual({});
  });
});
