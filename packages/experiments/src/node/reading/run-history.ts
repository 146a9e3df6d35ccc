import { basename, isAbsolute } from 'node:path';
import { readText } from '@rheobase/network/node';
import type { ReportedRun } from '../../report/reported-run.js';
import { commandOfRun } from '../folder/run-command.js';
import { configurationFields } from '../folder/configuration-fields.js';
import { fieldsOf } from '../folder/fields-of.js';
import { readMetrics } from '../folder/metrics-log.js';
import { runFiles } from '../folder/run-files.js';

/** The history of a run from its folder, apart from the result; parts that are missing or damaged are left out. */
export async function historyOf(folder: string): Promise<Pick<ReportedRun, 'started' | 'command' | 'settings'>> {
  const words = await commandOfRun(folder).catch(() => undefined);
  const started = await beginning(folder);
  return {
    ...(started !== undefined && { started }),
    ...(words !== undefined && { command: ['rheobase', ...words.map(withoutFolders)].map(quoted).join(' ') }),
    settings: await settingsOf(folder),
  };
}

/** When the first process of the run started, by its metrics. */
async function beginning(folder: string): Promise<string | undefined> {
  const at = (await readMetrics(folder))[0]?.['at'];
  return typeof at === 'string' ? at : undefined;
}

/** What determines the result, without the hashes of files and images, which are listed separately. */
async function settingsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const text = await readText(runFiles(folder).configuration).catch(() => '');
  const fields = configurationFields(fieldsOf(text)?.['run']);
  return Object.fromEntries([...fields].filter(([name]) => !/^(hashes|kernels)\b/.test(name)));
}

/** Where files are on a machine is nobody else's business, and of no use elsewhere. */
function withoutFolders(word: string): string {
  return isAbsolute(word) ? `…/${basename(word)}` : word;
}

function quoted(word: string): string {
  return /\s|^$/.test(word) ? `'${word}'` : word;
}
