import { defaultActivations } from '@rheobase/activations';
import { defaultNeuronFittings, defaultSiteConversions } from '@rheobase/converter';
import { defaultBoxDatasets, defaultDatasets } from '@rheobase/datasets/node';
import { defaultMethods } from '@rheobase/methods';
import { defaultDetectors, defaultModels } from '@rheobase/models';
import { defaultNeurons } from '@rheobase/neurons';

/** Everything that a run looks up by name. The built-in entries, or these and those of plugins. */
export type Registries = typeof defaultRegistries;

/** The built-in entries. */
export const defaultRegistries = {
  activations: defaultActivations,
  siteConversions: defaultSiteConversions,
  neurons: defaultNeurons,
  neuronFittings: defaultNeuronFittings,
  methods: defaultMethods,
  models: defaultModels,
  detectors: defaultDetectors,
  datasets: defaultDatasets,
  boxDatasets: defaultBoxDatasets,
} as const;
