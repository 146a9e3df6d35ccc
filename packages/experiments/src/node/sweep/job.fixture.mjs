// A job of a test: what it does is its first word; the second is a folder for what it remembers.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [what, folder] = process.argv.slice(2);
process.stderr.write(`${what} has started\n`);
switch (what) {
  case 'good':
    console.log('{"accuracy":1}');
    break;
  case 'short':
    console.log('{"accuracy":0}');
    process.exitCode = 1;
    break;
  case 'shaky': {
    const file = join(folder, 'shaky');
    if (existsSync(file)) console.log('{"accuracy":0.5}');
    else {
      writeFileSync(file, '');
      process.kill(process.pid, 'SIGKILL');
    }
    break;
  }
  case 'bad':
    console.error('nothing works');
    process.exitCode = 3;
    break;
  case 'wordy':
    console.error('rheobase: the file is wrong:\n  a field is missing\nRepeat the command when it is there.');
    process.exitCode = 1;
    break;
  case 'long':
    process.on('disconnect', () => {
      writeFileSync(join(folder, 'left'), '');
      process.exit(1);
    });
    process.on('SIGINT', () => process.exit(1));
    setInterval(() => undefined, 1000);
    break;
}
