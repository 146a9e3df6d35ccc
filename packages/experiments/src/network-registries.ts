import type { Activation } from '@rheobase/activations';
import type { SiteConversion } from '@rheobase/converter';
import type { Registry } from '@rheobase/network';
import type { Neuron } from '@rheobase/neurons';

/** What the names in a network mean, and how it is converted. What is absent is what is built in. */
export interface NetworkRegistries {
  readonly activations?: Registry<Activation>;
  readonly siteConversions?: Registry<SiteConversion>;
  readonly neurons?: Registry<Neuron>;
}
