import { join } from 'node:path';
import { type ReportedRun, reportPage } from '@rheobase/experiments/report';
import { readRun } from '@rheobase/experiments/node';
import { writeWholeFile } from '@rheobase/network/node';
import { type CommandOutput, say } from '../output/command-output.js';
import { prepareOutputFile } from '../output/output-file.js';

/** The name of a run's report in its folder. */
export function reportIn(folder: string): string {
  return join(folder, 'report.html');
}

/**
 * Draws what runs left in their folders as one page, and writes it, whole or not at all.
 *
 * @returns what was read of the runs, in the order of the folders
 * @throws naming the folder if a run in it has not come to its end, or the file if it cannot be written.
 */
export async function writeReport(file: string, folders: readonly string[]): Promise<readonly ReportedRun[]> {
  const runs = await Promise.all(folders.map(readRun));
  await prepareOutputFile(file);
  await writeWholeFile(file, reportPage(runs));
  return runs;
}

/** Leaves a page on the run in its folder. */
export async function drawReport(out: string, output: CommandOutput): Promise<void> {
  const file = reportIn(out);
  await writeReport(file, [out]);
  say(output, `The report is ${file}.`);
}
