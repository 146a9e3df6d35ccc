import { deepStrictEqual, match, notDeepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import type { Network } from '@rheobase/network';
import type { OptionTable } from '../options.js';
import type { TestRunner } from './test-runner.js';

/** What families of models and of detectors have in common. */
export interface Family {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly normalization: string;
  readonly options: OptionTable;
}

/** Builds a network of the family, small enough to be built many times, with these options besides. */
export type BuildSmall = (more?: Readonly<Record<string, unknown>>) => Network;

function bytesOf(network: Network): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Array.from(network.parameters, ([name, { data }]) => [
      name,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );
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
