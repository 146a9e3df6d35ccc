import { exportWeights, loadWeights } from '@rheobase/interop';
import { lenet5, resnet8 } from '@rheobase/models';
import { encodeNetwork, readSafetensors, writeSafetensors } from '@rheobase/network';
import { changedSafetensors, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';

/** Weights of two models by every convention, loaded into either model by the convention that fits. */
export function weightsTarget(): FuzzTarget {
  const models = [lenet5({ initialization: 'zeros' }), resnet8({ initialization: 'zeros' })];
  const samples = models.flatMap((model) => [
    writeSafetensors(exportWeights(model, 'pytorch'), { format: 'pt' }),
    writeSafetensors(exportWeights(model, 'keras'), {}),
    writeSafetensors(exportWeights(model, 'rheobase'), {}),
    encodeNetwork(model),
  ]);
  return {
    extension: '.safetensors',
    named: 'the-file',
    generate: mutatedSamples(samples, changedSafetensors),
    run: (input) => {
      const { tensors } = readSafetensors(input, 'the-file');
      const [model] = models.slice(input.length % models.length);
      if (model !== undefined) loadWeights(model, tensors, { source: 'the-file' });
    },
  };
}
