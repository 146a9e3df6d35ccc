import { NetworkError } from '@rheobase/network';

/** The error for a node that the engine cannot run. */
export function refusal(node: string, message: string): NetworkError {
  return new NetworkError([{ subject: node, message: `the event engine cannot run it: ${message}` }]);
}
