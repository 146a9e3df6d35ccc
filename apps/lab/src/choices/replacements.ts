import { replaceFunctions } from '@rheobase/converter';
import type { Network } from '@rheobase/network';
import { type Command, InvalidArgumentError } from 'commander';

/** Which functions between layers are replaced by activations that become neurons, as options say. */
export interface ReplaceOptions {
  readonly replace?: Readonly<Record<string, string>>;
}

/** Adds the option that replaces functions. */
export function withReplaceOption(command: Command): Command {
  return command.option(
    '--replace <function=activation...>',
    'replace functions between layers by relu, relu6, leaky-relu or clip, such as hardswish=relu6 silu=relu; accuracy needs fine-tuning then',
    replacement,
  );
}

function replacement(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [name = '', activation = '', ...more] = text.split('=');
  if (name === '' || activation === '' || more.length > 0) {
    throw new InvalidArgumentError('It must be written function=activation, such as hardswish=relu6.');
  }
  return { ...before, [name]: activation };
}

/** The network with its functions replaced as the options say. @throws as `replaceFunctions` does. */
export function replacedBy(network: Network, { replace }: ReplaceOptions): Network {
  return replace === undefined ? network : replaceFunctions(network, replace);
}
