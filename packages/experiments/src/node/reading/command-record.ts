import { parseJson } from '@rheobase/network';
import { readText } from '@rheobase/network/node';
import { z } from 'zod';
import { faultsInWords } from '../experiment/faults-in-words.js';
import { runFile } from '../folder/run-files.js';

/** What `rheobase calibrate` and others record of what they did: the part that lists show. */
export interface CommandRecord {
  /** Such as `rheobase calibrate`. */
  readonly command: string;
  readonly dataset?: string | undefined;
  readonly seed?: number | undefined;
  /** T. */
  readonly steps?: number | undefined;
  /** On the test images, 0…1. */
  readonly accuracy?: number | undefined;
  readonly energyRatio?: number | undefined;
}

const schema = z.object({
  command: z.string(),
  options: z.object({ dataset: z.string().optional(), seed: z.number().optional(), steps: z.number().optional() }),
  result: z.object({ accuracy: z.number().optional(), energyRatio: z.number().optional() }),
});

/**
 * The record that a command left in a folder as its result; nothing if the result is that of a run of `reproduce`.
 *
 * @throws naming the file, and what is no JSON or the fields that are damaged.
 */
export async function commandRecord(folder: string): Promise<CommandRecord | undefined> {
  const file = runFile(folder, 'result');
  const content: unknown = parseJson(await readText(file), file);
  if (typeof content !== 'object' || content === null || !('command' in content) || 'experiment' in content)
    return undefined;
  const found = schema.safeParse(content);
  if (!found.success) throw new Error(`${file}: it is no record of a command:\n${faultsInWords(found.error)}`);
  const { command, options, result } = found.data;
  return { command, ...options, ...result };
}
