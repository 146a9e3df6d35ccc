import { type Registry, registry } from '@rheobase/network';
import { coco } from './coco.js';
import type { ApProtocol } from './protocol.js';
import { voc2007, voc2010 } from './voc.js';

/** The protocols of average precision known by name. */
export const defaultApProtocols: Registry<ApProtocol> = registry(
  'protocol of average precision',
  [voc2007, voc2010, coco].map((protocol) => [protocol.name, protocol] as const),
);
