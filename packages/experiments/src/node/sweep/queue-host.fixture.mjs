// A process that runs a queue with one long job, and is killed by a test.
import { fileURLToPath } from 'node:url';
import { localProcesses } from '@rheobase/experiments/node';

const [folder] = process.argv.slice(2);
const program = fileURLToPath(new URL('./job.fixture.mjs', import.meta.url));
const queue = localProcesses({ program, atOnce: 1, logs: folder });
await queue.run([{ name: 'long', words: ['long', folder] }], {
  onState: (_, state) => state.note !== '' && process.stdout.write('.'),
});
