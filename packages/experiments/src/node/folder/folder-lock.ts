import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
  /** When that process began, where the system tells; a number that was given to another process since is known by it. */
  began: z.string().nullable(),
  host: z.string(),
  /** Tells two holders of one process apart. */
  id: z.string(),
});
type Holder = z.output<typeof holder>;

const name = 'lock';

/**
 * Takes a folder for this process alone: its file `lock` says who has it. The lock of a process that is no more is taken over.
 *
 * @param onTakeOver told, in words, of a lock that was left by a process that is no more
 * @throws naming the folder and the process that has it.
 */
export async function lockFolder(folder: string, onTakeOver?: (notice: string) => void): Promise<FolderLock> {
  const file = join(folder, name);
  const own: Holder = { process: process.pid, began: await beginning(process.pid), host: hostname(), id: randomUUID() };
  while (!(await claimed(file, own))) {
    const other = await holderIn(file);
    // It was given back in the meantime.
    if (other === 'none') continue;
    if (other !== 'damaged' && (await isRunning(other))) throw new Error(inUse(folder, other));
    if (await setAside(file, other)) {
      const left = other === 'damaged' ? 'It cannot be read' : `Process ${other.process}, which left it, is no more`;
      onTakeOver?.(`${folder} was locked. ${left}: the lock is taken over, and the run goes on where it was.`);
    }
  }
  return {
    release: async () => {
      const present = await holderIn(file);
      if (typeof present !== 'string' && present.id === own.id) await rm(file, { force: true });
    },
  };
}

/** The process that has a folder, if one has that is running, as far as this machine can tell. */
export async function folderHolder(folder: string): Promise<number | undefined> {
  const found = await holderIn(join(folder, name));
  return typeof found !== 'string' && (await isRunning(found)) ? found.process : undefined;
}

/** Makes the lock, whole at once, unless there is one. */
async function claimed(file: string, own: Holder): Promise<boolean> {
  const draft = `${file}.${own.id}`;
  try {
    await writeFile(draft, `${JSON.stringify(own)}\n`);
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw new Error(`${file}: the folder cannot be locked (${fileReason(error)}).`, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
}

/** Takes the lock of a holder that is no more away; false if it was another's by then. */
async function setAside(file: string, stale: Holder | 'damaged'): Promise<boolean> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
  const moved = await holderIn(aside);
  const isStale = typeof moved === 'string' || typeof stale === 'string' ? moved === stale : moved.id === stale.id;
  // Somebody else was faster, and this is their new lock: it goes back.
  if (!isStale) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
  return isStale;
}

async function holderIn(file: string): Promise<Holder | 'none' | 'damaged'> {
  try {
    return holder.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    return hasCode(error, 'ENOENT') ? 'none' : 'damaged';
  }
}

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

/** When a process began, in ticks since the system did; null where it does not say. */
async function beginning(id: number): Promise<string | null> {
  const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses, and may hold anything; the beginning is the 22nd.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function inUse(folder: string, { process: id, host }: Holder): string {
  const remedy =
    host === hostname()
      ? 'Wait for its end, or stop it, or choose another folder.'
      : `If it is no more, remove ${join(folder, name)}.`;
  return `${folder} is in use by process ${id} on ${host}. ${remedy}`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
