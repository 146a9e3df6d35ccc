// A process that competes for folders, round after round; see lock-rounds.fixture.mjs.
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lockFolder } from '../../../dist/node/folder/folder-lock.js';

let lock;

process.on('message', async ({ task, folder, delay }) => {
  try {
    process.send({ said: await tasks[task](folder, delay) });
  } catch (error) {
    process.send({ said: 'failed', why: error.stack });
  }
});

const tasks = {
  // Takes the folder and keeps it, or says that it is in use.
  async take(folder, delay) {
    await later(delay);
    lock = await lockUnlessInUse(folder);
    return lock === undefined ? 'refused' : 'held';
  },
  async giveBack() {
    await lock?.release();
    lock = undefined;
    return 'done';
  },
  // Takes the folder and gives it back several times; only its holder touches the file `witness`.
  async contend(folder, delay) {
    const witness = join(folder, 'witness');
    let taken = 0;
    for (let turn = 0; turn < 4; turn++) {
      await later(delay);
      const mine = await lockUnlessInUse(folder);
      if (mine === undefined) continue;
      const file = await open(witness, 'wx').catch(() => undefined);
      if (file === undefined) return 'two at once';
      await file.close();
      await later(delay);
      await rm(witness);
      await mine.release();
      taken++;
    }
    return taken > 0 ? 'held' : 'refused';
  },
};

async function lockUnlessInUse(folder) {
  try {
    return await lockFolder(folder);
  } catch (error) {
    if (/is in use by process/.test(error.message)) return undefined;
    throw error;
  }
}

/** A few turns of the event loop, or a fraction of a millisecond. */
async function later(delay) {
  if (delay > 0.5) await wait(delay);
  else for (let turn = 0; turn < delay * 40; turn++) await new Promise(setImmediate);
}

process.send({ said: 'ready' });
