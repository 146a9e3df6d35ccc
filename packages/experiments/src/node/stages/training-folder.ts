import { join } from 'node:path';
import type { Network } from '@rheobase/network';
import { makeFolder, writeNetworkFile } from '@rheobase/network/node';
import { fileCheckpoints } from '@rheobase/training/node';

/** The folder that a training run leaves: its network, its result, and its checkpoint while it is under way. */
export interface TrainingFolder {
  readonly checkpoints: ReturnType<typeof fileCheckpoints>;
  writeNetwork(name: string, network: Network): Promise<void>;
  readonly resultFile: string;
}

/** Makes the folder before long work begins. */
export async function trainingFolder(path: string): Promise<TrainingFolder> {
  await makeFolder(path);
  return {
    checkpoints: fileCheckpoints(join(path, 'checkpoint.safetensors')),
    writeNetwork: (name, network) => writeNetworkFile(join(path, name), network),
    resultFile: join(path, 'result.json'),
  };
}
