import { deepStrictEqual, match, notDeepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import type { Network } from '@rheobase/network';
import { inferShapes, shapeAt, validateNetwork } from '@rheobase/network';
import type { ModelFamily } from './model-family.js';
import { parameterCount } from './parameter-count.js';

export { type DetectorExpectations, testDetectorFamily } from './detector-conformance.js';

/** The two functions of a test runner that the suite needs; Vitest, Jest and node:test have them. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => void): unknown;
}

/** What the suite may know about a family beyond what every family must keep to. */
export interface ModelExpectations {
  /** Options that make the networks of the suite small enough to build many times. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Published sizes: with `options` in place of those above, so many parameters besides the statistics of batch norms. */
  readonly published?: readonly {
    readonly options: Readonly<Record<string, unknown>>;
    readonly parameters: number;
  }[];
}

function bytesOf(network: Network): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Array.from(network.parameters, ([name, { data }]) => [
      name,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );
}

/**
 * What every model family must keep to, as tests for a test runner:
 *
 *     import { describe, it } from 'vitest';
 *     import { testModelFamily } from '@rheobase/models/conformance';
 *     testModelFamily(myFamily, { describe, it });
 */
export function testModelFamily(
  family: ModelFamily,
  { describe, it }: TestRunner,
  { options = {}, published = [] }: ModelExpectations = {},
): void {
  const build = (more: Readonly<Record<string, unknown>> = {}): Network => family.build({ ...options, ...more });

  describe(`${family.name} is a model family`, () => {
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

    it('that builds a well-formed network with one input and one output, and its name in the metadata', () => {
      const network = build();
      deepStrictEqual(validateNetwork(network), []);
      strictEqual(network.metadata['model'], family.name);
      for (const op of ['input', 'output'] as const) {
        const names = network.nodes.filter((node) => node.op === op).map(({ name }) => name);
        deepStrictEqual(names, [op], `the ${op} nodes`);
      }
      const wanted = options['inputShape'] ?? family.options['inputShape']?.default;
      deepStrictEqual(shapeAt(inferShapes(network), 'input'), wanted, 'the input has not the shape asked for');
    });

    it('whose output has one element a class', () => {
      for (const classes of [2, 7]) {
        deepStrictEqual([...shapeAt(inferShapes(build({ classes })), 'output')], [classes]);
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
        if (role === 'weight')
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

    for (const { options: full, parameters } of published) {
      it(`of ${parameters} parameters with ${JSON.stringify(full)}`, () => {
        strictEqual(parameterCount(family.build({ ...full, initialization: 'zeros' })), parameters);
      });
    }
  });
}
