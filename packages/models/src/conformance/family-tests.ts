import { ownValue } from '@rheobase/network';
import { deepStrictEqual, match, notDeepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Network, OptionTable } from '@rheobase/network';
import { relu6Sites, reluSites } from '../activation-sites.js';
import type { TestRunner } from './test-runner.js';

/** What families of models and of detectors have in common. */
export interface Family {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly normalization: string;
  readonly options: OptionTable;
}

/** Builds a network of the family, small enough to be built many times, with these additional options. */
export type BuildSmall = (more?: Readonly<Record<string, unknown>>) => Network;

function bytesOf(network: Network): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Array.from(network.parameters, ([name, { data }]) => [
      name,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );
}

function shapesOf({ parameters }: Network): ReadonlyMap<string, readonly number[]> {
  return new Map(Array.from(parameters, ([name, { shape }]) => [name, shape]));
}

/** Whether two networks with the same parameters compute different values, or mean different things by them. */
function computesOtherwise(one: Network, other: Network): boolean {
  return !isDeepStrictEqual([one.nodes, one.metadata['head']], [other.nodes, other.metadata['head']]);
}

/** Other values of an option than the one that a network was built with. */
function valuesBeside(
  { words, default: standard, accepts }: OptionTable[string],
  { metadata }: Network,
  name: string,
): readonly unknown[] {
  if (typeof standard === 'function') return [reluSites, relu6Sites];
  if (words !== undefined) return words;
  const numbers = (ownValue(metadata, name) ?? '').split(',').map(Number);
  const scaled = [0.5, 2].map((factor) => numbers.map((number) => number * factor));
  const candidates =
    name === 'inputShape'
      ? scaled.map(([height, width]) => [height, width, numbers[2]])
      : Array.isArray(standard)
        ? scaled
        : [...scaled.flat(), ...numbers.flatMap((number) => [number - 1, number + 1])];
  return candidates.filter((value) => accepts(value));
}

/** The network, if the architecture takes the option. */
function built(build: () => Network): Network | undefined {
  try {
    return build();
  } catch {
    return undefined;
  }
}

/** What every family must keep to, whatever its networks are for. */
export function testAnyFamily(family: Family, build: BuildSmall, { it }: Pick<TestRunner, 'it'>): void {
  it('that says what it is, where it comes from and what its inputs look like', () => {
    for (const field of ['name', 'summary', 'source', 'normalization'] as const) {
      ok(family[field].length > 0, `its ${field} is empty`);
    }
  });

  it('whose options are documented and accept their own defaults', () => {
    for (const name of ['classes', 'inputShape', 'activation', 'initialization', 'seed']) {
      ok(Object.hasOwn(family.options, name), `it has no option '${name}'`);
    }
    for (const [name, option] of Object.entries(family.options)) {
      ok(option.summary.length > 0 && option.values.length > 0, `its option '${name}' is not documented`);
      ok(option.accepts(option.default), `its option '${name}' does not accept its default`);
    }
  });

  it('that gives the same bytes for the same seed and other weights for another', () => {
    const first = bytesOf(build({ seed: 1 }));
    deepStrictEqual(bytesOf(build({ seed: 1 })), first);
    const other = bytesOf(build({ seed: 2 }));
    deepStrictEqual([...other.keys()], [...first.keys()]);
    for (const [name, parameter] of build({ seed: 1 }).parameters) {
      if (parameter.role === 'weight') {
        notDeepStrictEqual(other.get(name), first.get(name), `'${name}' does not depend on the seed`);
      }
    }
  });

  it('that leaves the weights at zero on demand', () => {
    for (const [name, { role, data }] of build({ initialization: 'zeros' }).parameters) {
      if (role !== 'weight') continue;
      ok(
        data.every((value) => value === 0),
        `'${name}' is not zero`,
      );
    }
  });

  it('that puts at each activation site what it is given', () => {
    const asked: string[] = [];
    const network = build({
      activation: (site: string) => {
        asked.push(site);
        return { kind: 'something-else', attributes: { order: asked.length } };
      },
    });
    const sites = network.nodes.filter((node) => node.op === 'activation');
    ok(sites.length > 0, 'it has no activation site');
    deepStrictEqual(sites.map(({ name }) => name).toSorted(), asked.toSorted());
    for (const { name, activation } of sites) strictEqual(activation.kind, 'something-else', name);
  });

  it('that marks exactly the options that trained weights do not reveal', () => {
    const usual = build({ initialization: 'zeros' });
    for (const [name, option] of Object.entries(family.options)) {
      // Weights take the place of those that it was initialized with.
      if (name === 'initialization' || name === 'seed') continue;
      const hidden = valuesBeside(option, usual, name).some((value) => {
        const other = built(() => build({ initialization: 'zeros', [name]: value }));
        return (
          other !== undefined && isDeepStrictEqual(shapesOf(other), shapesOf(usual)) && computesOtherwise(other, usual)
        );
      });
      strictEqual(
        option.traceless === true,
        hidden,
        `its option '${name}' is ${hidden ? 'not ' : ''}marked as traceless`,
      );
    }
  });

  it('that refuses an unknown option and a value that an option does not take, naming both', () => {
    throws(() => build({ clases: 10 }), /clases.*classes/s);
    for (const [name, value] of Object.entries({
      classes: 0,
      inputShape: [32, 32],
      seed: 0.5,
      initialization: 'ones',
    })) {
      throws(
        () => build({ [name]: value }),
        (error) => {
          match(String(error), new RegExp(`${family.name}.*${name}`, 's'));
          return true;
        },
        `it takes ${JSON.stringify(value)} for '${name}'`,
      );
    }
  });
}
