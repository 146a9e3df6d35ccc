export * from './activation-sites.js';
export { resnet20, resnet32, resnet44, resnet56, resnet110, resnetSmall } from './cifar-resnet.js';
export * from './default-models.js';
export * from './detectors/index.js';
export type { FamilyDefinition } from './family.js';
export type { Initialization } from './initialization.js';
export { mobilenetV1Vww } from './keras-mobilenet-v1.js';
export { resnet8 } from './keras-resnet8.js';
export type { Layers, Pooling } from './layers.js';
export { lenet5 } from './lenet.js';
export { mobilenetV2, mobilenetV2ImageNet } from './mobilenet-v2.js';
export * from './model-family.js';
export { type ImageShape, anchorSizes, traceless, widths } from './options.js';
export * from './parameter-count.js';
export * from './traceless-options.js';
export { resnet18, resnet18ImageNet, resnet34, resnet34ImageNet } from './resnet.js';
export { resnet9 } from './resnet9.js';
export { resnext29 } from './resnext.js';
export {
  vgg11,
  vgg11ImageNet,
  vgg13,
  vgg13ImageNet,
  vgg16,
  vgg16ImageNet,
  vgg19,
  vgg19ImageNet,
} from './vgg.js';
export { glyphNet, vggSmall } from './vgg-small.js';
