import { readFile } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import type { ReportedRun } from '../../report/reported-run.js';
import { begunCommand } from '../folder/begun-command.js';
import { configurationFields } from '../folder/configuration-fields.js';

/** How a run came about, as its folder tells of it besides the result: parts that are missing or damaged are left out. */
export async function historyOf(folder: string): Promise<Pick<ReportedRun, 'begun' | 'command' | 'settings'>> {
  const words = await begunCommand(folder).catch(() => undefined);
  const begun = await beginning(folder);
  return {
    ...(begun !== undefined && { begun }),
    ...(words !== undefined && { command: ['rheobase', ...words.map(withoutFolders)].map(quoted).join(' ') }),
    settings: await settingsOf(folder),
  };
}

/** When the first process of the run began, by its metrics. */
async function beginning(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => '');
  const first = fieldsOf(text.split('\n')[0] ?? '');
  return typeof first['at'] === 'string' ? first['at'] : undefined;
}

/** What settles the result, besides the hashes of files and images, which are told apart from it. */
async function settingsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => '');
  const fields = configurationFields(fieldsOf(text)['run']);
  return Object.fromEntries([...fields].filter(([name]) => !/^(hashes|kernels)\b/.test(name)));
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null ? { ...content } : {};
  } catch {
    return {};
  }
}

/** Where files are on a machine is nobody else's business, and of no use elsewhere. */
function withoutFolders(word: string): string {
  return isAbsolute(word) ? `…/${basename(word)}` : word;
}

function quoted(word: string): string {
  return /\s|^$/.test(word) ? `'${word}'` : word;
}
