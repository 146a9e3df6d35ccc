import { headSpecOf } from '@rheobase/models';
import type { Network, NetworkNode } from '@rheobase/network';
import { assertValid, freeName, NetworkError, nodeOf } from '@rheobase/network';

/**
 * The network with one output `output`, `[K]`: the maps of its head flattened and joined in their order. In this form a detector trains, and is
 * fine-tuned as a spiking network, as any other network does; `splitMaps` takes the values apart again.
 *
 * @throws if the network is not a detector.
 */
export function joinOutputs(network: Network): Network {
  const { maps } = headSpecOf(network);
  const names = new Set(network.nodes.filter(({ op }) => op !== 'output').map(({ name }) => name));
  const fresh = (wanted: string): string => {
    const name = freeName(wanted, names);
    names.add(name);
    return name;
  };
  const flat = maps.map(({ output }): NetworkNode => {
    const node = nodeOf(network, output);
    if (node.op !== 'output')
      throw new NetworkError([{ subject: output, message: 'the head names it as an output, and it is none' }]);
    return { op: 'flatten', name: fresh(`${output}.flat`), inputs: [node.inputs[0]] };
  });
  const parts = flat.map(({ name }) => name);
  const [only = ''] = parts;
  const joined: readonly NetworkNode[] =
    parts.length === 1 ? [] : [{ op: 'concat', name: fresh('output.joined'), inputs: parts }];
  return assertValid({
    ...network,
    nodes: [
      ...network.nodes.filter(({ op }) => op !== 'output'),
      ...flat,
      ...joined,
      { op: 'output', name: 'output', inputs: [joined[0]?.name ?? only] },
    ],
  });
}

/**
 * A network with the parameters of another one that has the same names: what {@link joinOutputs} gave, trained, put back.
 *
 * @throws if a parameter is missing or has another shape.
 */
export function withParametersOf(network: Network, trained: Network): Network {
  return assertValid({
    ...network,
    parameters: new Map(
      [...network.parameters.keys()].map((name) => {
        const parameter = trained.parameters.get(name);
        if (parameter === undefined)
          throw new NetworkError([{ subject: name, message: 'the trained network has no such parameter' }]);
        return [name, parameter] as const;
      }),
    ),
  });
}
