import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { parseJson } from '@rheobase/network';
import { readText, recognizeFileAt } from '@rheobase/network/node';
import { z } from 'zod';
import { faultsInWords } from '../experiment/faults-in-words.js';
import { resumingCommand } from '../folder/run-command.js';
import { existingFile, runFiles, runFileNames } from '../folder/run-files.js';
import type { ReportedLedger, ReportedRun } from '../../report/reported-run.js';
import { stageInWords } from '../../report/stage-words.js';
import { isOfDetector, readDetectionResult, type ReadFile } from './read-detection-result.js';
import { presentResult } from './present-result.js';
import { isRecord, readRecord } from './read-record.js';
import { readResult } from './read-result.js';
import { historyOf } from './run-history.js';

const sized = z.object({ relative: z.number() });

const ledger = z.intersection(
  z.object({ images: z.number(), split: z.string(), steps: z.number() }),
  z.union([
    z.object({ refused: z.string() }),
    z.object({
      stages: z.array(
        z.object({
          stage: z.string(),
          layers: z.array(
            z.object({
              node: z.string(),
              propagated: sized,
              clipping: sized,
              quantization: sized,
              residual: sized,
              total: sized,
            }),
          ),
        }),
      ),
    }),
  ]),
);

const raster = z.object({
  stage: z.string(),
  steps: z.number(),
  label: z.string(),
  answers: z.array(z.string()),
  image: z.object({ shape: z.array(z.number()), pixels: z.array(z.number()) }),
  layers: z.array(z.object({ node: z.string(), neurons: z.number(), spikes: z.array(z.array(z.number())) })),
});

/**
 * Reads what a run left in its folder, of whatever task and method, as reports show it.
 *
 * @throws naming the folder and what is missing, if the run has not finished; naming the file and the field, if one is damaged.
 */
export async function readRun(folder: string): Promise<ReportedRun> {
  const file = runFiles(folder).result;
  const text = await readText(file).catch(() => undefined);
  if (text === undefined) throw new Error(`${folder}: ${await whyNoResult(folder)}`);
  const content = presentResult(parsed(text, file), file);
  const name = basename(resolve(folder));
  const about = { name, ...(await historyOf(folder)) };
  if (isRecord(content)) return { ...readRecord(content, file), ...about };
  if (isOfDetector(content))
    return { ...readDetectionResult({ file, content }, await configurationOf(folder)), ...about };
  const kept = await optional(folder, 'ledger', ledger);
  const own = { ledger: kept && inWords(kept), raster: await optional(folder, 'raster', raster) };
  return { ...readResult(content, file), ...own, ...about };
}

function inWords(given: z.output<typeof ledger>): ReportedLedger {
  if ('refused' in given) return given;
  return { ...given, stages: given.stages.map((own) => ({ ...own, stage: stageInWords(own.stage) })) };
}

/** @throws if it is not there. */
async function configurationOf(folder: string): Promise<ReadFile> {
  const file = runFiles(folder).configuration;
  const text = await readText(file).catch((error: unknown) => {
    throw new Error(`${file}: the run's configuration is missing.`, {
      cause: error,
    });
  });
  return { file, content: parsed(text, file) };
}

/** In words, and what to do. */
async function whyNoResult(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return 'there is no such folder. Give one that `rheobase reproduce` wrote.';
  if (!found.isDirectory()) {
    const what = recognizeFileAt(folder)?.what;
    return `it is a file${what === undefined ? '' : ` (${what})`}. Give the folder of a run, which \`rheobase reproduce\` wrote.`;
  }
  return existingFile(runFiles(folder).configuration) === undefined
    ? `it holds no ${runFileNames.result}, so no run has finished there. Give a folder that \`rheobase reproduce\` wrote.`
    : `the run in it has not finished, so there is no ${runFileNames.result}; \`rheobase ${await resumingCommand(folder)} --resume ${folder}\` resumes it.`;
}

async function optional<Schema extends z.ZodType>(
  folder: string,
  name: 'ledger' | 'raster',
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const file = runFiles(folder)[name];
  const text = await readText(file).catch(() => undefined);
  if (text === undefined) return undefined;
  const found = schema.safeParse(parsed(text, file));
  if (!found.success) throw new Error(`${file}: it is not a ${name} of a run:\n${faultsInWords(found.error)}`);
  return found.data;
}

function parsed(text: string, file: string): unknown {
  try {
    return parseJson(text, file);
  } catch (error) {
    throw new Error(`${file}: it is not JSON. Repeat the run's command: it writes the file again.`, { cause: error });
  }
}
