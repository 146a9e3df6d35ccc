import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileReason } from '@rheobase/network/node';
import { z } from 'zod';

/** The right of one process to write to a folder. */
export interface FolderLock {
  /** Gives it back; the folder is free for others then. */
  release(): Promise<void>;
}

const holder = z.strictObject({
  process: z.int(),
  /** When that process started, if the system says so; this detects a process id that was reused. */
  began: z.string().nullable(),
  host: z.string(),
  /** Tells two holders of one process apart. */
  id: z.string(),
});
type Holder = z.output<typeof holder>;

type Lock = { readonly kind: 'none' } | { readonly kind: 'held'; readonly by: Holder };

const name = 'lock';

/**
 * Locks a folder for this process: its file `lock` names the holder. A stale lock, of a process that no longer exists, is taken over.
 *
 * A file is never replaced on the strength of what was read from it before: somebody else may have replaced it since. The right to follow a
 * dead holder is a separate file, `lock.after-<its id>`, of which only one can be made. The process that makes it holds the lock if the holders
 * still form a chain from `lock` to it; if not, another process was faster and has replaced all of them.
 *
 * @param onTakeOver called with a notice about a stale lock
 * @throws naming the folder and the process that has it; naming the file, where a lock cannot be made or read.
 */
export async function lockFolder(folder: string, onTakeOver?: (notice: string) => void): Promise<FolderLock> {
  const file = join(folder, name);
  const own: Holder = { process: process.pid, began: await beginning(process.pid), host: hostname(), id: randomUUID() };
  const draft = `${file}.${own.id}`;
  await write(draft, own, file);
  try {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const last = await lastHolder(file);
      if (last !== undefined && (await isRunning(last))) throw new Error(inUse(folder, last));
      const place = last === undefined ? file : successorOf(file, last);
      if (!(await linked(draft, place, file))) continue;
      if (last === undefined) return lockAt(file, own);
      if ((await lastHolder(file))?.id === own.id) {
        // Atomically: readers of `lock` find either the former holders or this one.
        await rename(draft, file);
        await removeRemains(folder);
        const left = `Process ${last.process}, which held it, has exited`;
        onTakeOver?.(`${folder} was locked. ${left}: its stale lock is taken over, and the run resumes.`);
        return lockAt(file, own);
      }
      await rm(place, { force: true });
    }
    throw new Error(`${file}: the folder cannot be locked: other processes keep taking the lock. Try again.`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Each failed one means that another process has made, taken over or given back the lock in between. */
const mostAttempts = 1000;

function lockAt(file: string, own: Holder): FolderLock {
  return {
    release: async () => {
      // Nobody takes the lock of a running process, unless the file was removed by hand.
      const present = await lockIn(file);
      if (present.kind === 'held' && present.by.id === own.id) await rm(file, { force: true });
    },
  };
}

/** The running process that holds a folder, if there is one, as far as this machine can tell. */
export async function folderHolder(folder: string): Promise<number | undefined> {
  const last = await lastHolder(join(folder, name)).catch(() => undefined);
  return last !== undefined && (await isRunning(last)) ? last.process : undefined;
}

/** Who has the lock now, or had it last: the end of the holders that have followed each other. */
async function lastHolder(file: string): Promise<Holder | undefined> {
  let last: Holder | undefined;
  for (let at = file; ; at = successorOf(file, last)) {
    const found = await lockIn(at);
    if (found.kind === 'none') return last;
    last = found.by;
  }
}

/** The file of the one that follows a holder. */
function successorOf(file: string, { id }: Holder): string {
  return `${file}${successorMark}${id}`;
}

const successorMark = '.after-';

/**
 * Removes what former holders have left: who followed whom says nothing any more once `lock` is of a process that is running, and a draft is needed
 * by a running process alone.
 */
async function removeRemains(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`${name}.`)) continue;
    const file = join(folder, entry);
    const found = await lockIn(file).catch((): Lock => ({ kind: 'none' }));
    const isDraft = found.kind === 'held' && entry === `${name}.${found.by.id}`;
    if (entry.startsWith(`${name}${successorMark}`) || (isDraft && !(await isRunning(found.by)))) {
      await rm(file, { force: true });
    }
  }
}

/** Writes a lock under a temporary name, from which it is linked complete. */
async function write(draft: string, own: Holder, file: string): Promise<void> {
  try {
    await writeFile(draft, `${JSON.stringify(own)}\n`, { flag: 'wx', flush: true });
  } catch (error) {
    throw new Error(`${file}: the folder cannot be locked (${fileReason(error)}).`, { cause: error });
  }
}

/** Makes a lock, unless there is one: a single step for the file system, of which only one of many succeeds. */
async function linked(draft: string, place: string, file: string): Promise<boolean> {
  try {
    await link(draft, place);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw new Error(`${file}: the folder cannot be locked (${fileReason(error)}).`, { cause: error });
  }
}

async function lockIn(file: string): Promise<Lock> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { kind: 'none' };
    throw new Error(`${file}: the lock of this folder cannot be read (${fileReason(error)}). ${remedy}`, {
      cause: error,
    });
  }
  try {
    return { kind: 'held', by: holder.parse(JSON.parse(text)) };
  } catch (error) {
    const what = text.trim() === '' ? 'is empty' : 'is not one that Rheobase wrote';
    throw new Error(`${file}: the lock of this folder ${what}. ${remedy}`, { cause: error });
  }
}

const remedy = 'If no run is active in the folder, remove it; otherwise choose another folder.';

async function isRunning({ process: id, began, host }: Holder): Promise<boolean> {
  // Of another machine's processes nothing is known here.
  if (host !== hostname()) return true;
  try {
    process.kill(id, 0);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return false;
  }
  const present = await beginning(id);
  return began === null || present === null || began === present;
}

/** When a process started, in ticks since the system started; null if unknown. */
async function beginning(id: number): Promise<string | null> {
  const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses, and may hold anything; the start time is the 22nd.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function inUse(folder: string, { process: id, host }: Holder): string {
  const remedy =
    host === hostname()
      ? 'Wait for it to end, stop it, or choose another folder.'
      : `If it no longer exists, remove ${join(folder, name)}.`;
  return `${folder} is in use by process ${id} on ${host}. ${remedy}`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
