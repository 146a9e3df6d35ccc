import type { Network } from '@rheobase/network';
import { bindSite } from './bound-site.js';
import { meanSquaredError } from './mean-squared-error.js';
import type { SiteTask } from './site-task.js';

/** The mean squared error of a site of a spiking network on some images, as a task sees it. */
export function siteLoss(network: Network, task: SiteTask, images: SiteTask['heldOut']): number {
  const site = bindSite(network, task);
  try {
    return site.loss(images, meanSquaredError);
  } finally {
    site.dispose();
  }
}
