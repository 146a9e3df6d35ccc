import { type SiteConversion, type SpikingOptions, toSpiking } from '@rheobase/converter';
import type { ModelRegistries } from '@rheobase/execution';
import type { Network, Registry } from '@rheobase/network';
import type { ConversionTask } from './conversion-method.js';

/** What the names in a task's network mean. What is absent is what is built in. */
export interface TaskRegistries extends Partial<ModelRegistries> {
  /** How activations are converted. */
  readonly siteConversions?: Registry<SiteConversion>;
}

/** The spiking network of a task, by the task's registries. */
export function spikingOf({ network, registries = {} }: ConversionTask, options: SpikingOptions = {}): Network {
  const { neurons, siteConversions: conversions } = registries;
  return toSpiking(network, { ...(neurons && { neurons }), ...(conversions && { conversions }), ...options });
}
