import { type Registry, registry } from '@rheobase/network';
import { cifarResNetFamilies, resNetSmallFamily } from './cifar-resnet.js';
import { mobileNetV1VwwFamily } from './keras-mobilenet-v1.js';
import { resNet8Family } from './keras-resnet8.js';
import { leNet5Family } from './lenet.js';
import { mobileNetV2Families } from './mobilenet-v2.js';
import type { ModelFamily } from './model-family.js';
import { resNetFamilies } from './resnet.js';
import { resNet9Family } from './resnet9.js';
import { resNext29Family } from './resnext.js';
import { vggFamilies } from './vgg.js';
import { vggSmallFamilies } from './vgg-small.js';

const families: readonly ModelFamily[] = [
  ...Object.values(cifarResNetFamilies),
  resNetSmallFamily,
  resNet9Family,
  ...Object.values(resNetFamilies.cifar),
  ...Object.values(resNetFamilies.imageNet),
  ...Object.values(vggFamilies.cifar),
  ...Object.values(vggFamilies.imageNet),
  ...Object.values(mobileNetV2Families),
  resNext29Family,
  leNet5Family,
  resNet8Family,
  mobileNetV1VwwFamily,
  ...Object.values(vggSmallFamilies),
];

/** The models of this package by name. */
export const defaultModels: Registry<ModelFamily> = registry(
  'model',
  families.map((family) => [family.name, family] as const),
);
