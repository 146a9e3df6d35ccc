import { type ReportedRun, reportPage } from '@rheobase/experiments/report';
import { readRun, runFiles } from '@rheobase/experiments/node';
import { writeWholeFile } from '@rheobase/network/node';
import { type CommandOutput, say } from '../output/command-output.js';
import { prepareOutputFile } from '../output/output-file.js';

/** What a report shows, and what it could not. */
export interface WrittenReport {
  /** In the order of the folders. */
  readonly runs: readonly ReportedRun[];
  /** Folders without a run that has come to its end, each with why in words, which names the folder. */
  readonly leftOut: readonly { readonly folder: string; readonly reason: string }[];
}

/**
 * Draws what runs left in their folders as one page, and writes it, whole or not at all. Of several folders, those that hold no finished run are
 * left out.
 *
 * @throws naming the folders, if there is no finished run in any; naming the file, if it cannot be written.
 */
export async function writeReport(file: string, folders: readonly string[]): Promise<WrittenReport> {
  const read = await Promise.all(
    folders.map(async (folder) =>
      readRun(folder).then(
        (run) => ({ run }),
        (error: unknown) => ({ folder, reason: error instanceof Error ? error.message : String(error) }),
      ),
    ),
  );
  const runs = read.flatMap((own) => ('run' in own ? [own.run] : []));
  const leftOut = read.flatMap((own) => ('reason' in own ? [own] : []));
  if (runs.length === 0) throw new Error(leftOut.map(({ reason }) => reason).join('\n'));
  await prepareOutputFile(file);
  await writeWholeFile(file, reportPage(runs));
  return { runs, leftOut };
}

/** Leaves a page on the run in its folder. */
export async function drawReport(out: string, output: CommandOutput): Promise<void> {
  const file = runFiles(out).report;
  await writeReport(file, [out]);
  say(output, `The report is ${file}.`);
}
