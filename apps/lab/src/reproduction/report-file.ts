import { type ReportedRun, reportPage } from '@rheobase/experiments/report';
import { readRun, runFiles } from '@rheobase/experiments/node';
import { writeWholeFile } from '@rheobase/network/node';
import { type CommandOutput, say } from '../output/command-output.js';
import { prepareOutputFile } from '../output/output-file.js';

/** The runs in a report, and those that were skipped. */
export interface WrittenReport {
  /** In the order of the folders. */
  readonly runs: readonly ReportedRun[];
  /** Folders without a finished run, each with the reason, which names the folder. */
  readonly leftOut: readonly { readonly folder: string; readonly reason: string }[];
}

/**
 * Writes a page about the runs in some folders, atomically. Of several folders, those without a finished run are skipped.
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

/** Writes a page about a run into its folder. */
export async function drawReport(out: string, output: CommandOutput): Promise<void> {
  const file = runFiles(out).report;
  await writeReport(file, [out]);
  say(output, `The report is ${file}.`);
}
