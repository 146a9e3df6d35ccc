import { headMetadata } from '@rheobase/models';
import type { Network, Registry } from '@rheobase/network';
import { describeShape, inferShapes, shapeAt, someOf } from '@rheobase/network';
import { importedHeads } from './default-heads.js';
import type { ImportedHead, OutputShapes } from './imported-head.js';

const namesOf = ({ classNames }: ImportedHead): Readonly<Record<string, string>> =>
  classNames === undefined ? {} : { classNames: classNames.join(',') };

/**
 * A network that others trained, as a detector: its metadata say what its outputs mean.
 *
 * @param kind of one of {@link importedHeads}; default: the only one that the outputs fit
 * @throws if no head fits, or several do and none was named.
 */
export function withImportedHead(
  network: Network,
  kind?: string,
  heads: Registry<ImportedHead> = importedHeads,
): Network {
  const shapes = inferShapes(network);
  const outputs: OutputShapes = new Map(
    network.nodes.flatMap(({ op, name }) => (op === 'output' ? [[name, shapeAt(shapes, name)] as const] : [])),
  );
  const input = network.nodes.find(({ op }) => op === 'input');
  const size = input === undefined ? [] : shapeAt(shapes, input.name);
  const candidates = (kind === undefined ? heads.names : [kind]).map((name) => heads.get(name));
  const fitting = candidates.flatMap((head) => {
    const spec = head.specOf(outputs, size);
    return spec === undefined ? [] : [{ head, spec }];
  });
  const [found, ...more] = fitting;
  if (found === undefined) {
    const given = someOf(
      [...outputs].map(([name, shape]) => `${name} ${describeShape(shape)}`),
      12,
    );
    const wanted = candidates.map(({ kind: name, outputs: what }) => `${name}: ${what}`).join('; ');
    throw new Error(
      `The outputs of the network fit no known detection head. They are ${given.shown.join(', ')}${given.left > 0 ? ', …' : ''}. ` +
        `Heads read: ${wanted}.`,
    );
  }
  if (more.length > 0) {
    const names = fitting.map(({ head }) => `'${head.kind}' (${head.summary})`).join(' or ');
    throw new Error(`The outputs of the network fit several detection heads, ${names}. Name the one that is meant.`);
  }
  return { ...network, metadata: { ...network.metadata, ...headMetadata(found.spec), ...namesOf(found.head) } };
}
