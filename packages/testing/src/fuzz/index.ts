export { foreignError } from './foreign-error.js';
export { FuzzFinding, type FuzzTarget } from './fuzz-target.js';
export {
  changedBytes,
  changedJson,
  changedProtobuf,
  changedNodes,
  changedSafetensors,
  changedText,
  mutatedSamples,
  type Mutation,
} from './mutate-file.js';
export { mutateValue } from './mutate-value.js';
export { hostileNumbers, hostileTexts, hostileValue } from './hostile-values.js';
