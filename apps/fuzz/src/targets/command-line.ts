import { Writable } from 'node:stream';
import { runCommandLine } from '@rheobase/lab';
import { FuzzFinding, type FuzzTarget, hostileNumbers, hostileTexts } from '@rheobase/testing/fuzz';
import { randomChance, randomChoice } from '@rheobase/testing';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

/** Commands that read something before they compute: with files that are not there, each of them has to end soon. */
const commands = [
  'evaluate',
  'convert',
  'export',
  'simulate',
  'analyze',
  'calibrate',
  'detect',
  'reproduce',
  'report',
  'runs',
  'sweep',
];

const options =
  '--json --out --steps --model --weights --allow-missing --allow-unused --model-option --dataset --data-dir --normalization --batch --split --limit --neuron --neuron-option --percentile --calibration-images --initial-potential --energy-model --first-layer --read-out --engine --precision --threads --seed --epochs --rate --schedule --method --loss --image --score --levels --layout --source --picture --record --smoke --resume --jobs --plugin'.split(
    ' ',
  );

const meant =
  '1 4 1-8 1,2,4 resnet20 lenet5 glyphs cifar10 imagenet if event int8 test threshold=1 a=b=c = pooling=average width=1e9 __proto__=1 /no/such/file /no/such/folder/'.split(
    ' ',
  );

const values = [...hostileTexts.filter((text) => !/^[./]/.test(text)), ...hostileNumbers.map(String), ...meant];

/** What no message may say: it is of the engine, or of a library. */
const internal =
  /Cannot read properties|is not a function|is not iterable|Invalid array length|Maximum call stack|\[object |"code":|\n\s+at .*:\d+:\d+/;

/** Command lines of many options with hostile values. Every file that they name is missing. */
export function commandLineTarget(): FuzzTarget {
  return {
    extension: '.json',
    generate: (random) => {
      const words = [randomChoice(random, commands)];
      words.push(randomChance(random, 0.8) ? '--network' : 'x', '/no/such/weights.safetensors');
      for (let left = uniformInt(random, 0, 6); left > 0; left -= 1) {
        words.push(randomChoice(random, options));
        if (randomChance(random, 0.9)) words.push(randomChoice(random, values));
      }
      return new TextEncoder().encode(JSON.stringify(words));
    },
    run: async (input) => {
      let said = '';
      const stream = new Writable({
        write(chunk, _encoding, done) {
          said += String(chunk);
          done();
        },
      });
      const words: readonly string[] = JSON.parse(new TextDecoder().decode(input));
      const code = await runCommandLine(words, { results: stream, messages: stream });
      const found = internal.exec(said);
      if (found !== null) throw new FuzzFinding(`a message says '${found[0]}': ${said.slice(0, 500)}`);
      if (code === 0 && !words.includes('--help'))
        throw new FuzzFinding(`it succeeds without a network: ${said.slice(0, 500)}`);
    },
  };
}
