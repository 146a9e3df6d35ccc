import { ownValue } from './own-value.js';
import type { AttributeDefinition, ModelDefinition, ParameterDefinition } from './model-definition.js';
import { checkModelSpec, isAllowed } from './model-definition.js';
import { scalarParameter } from './parameter.js';
import { registry } from './registry.js';
import type { ModelSpec } from './spec.js';

/** One sentence of a contract, and a function that throws if it does not hold. */
export interface ConformanceCheck {
  readonly name: string;
  readonly run: () => void;
}

/** What a conformance suite needs from a test framework; Vitest, Jest, Mocha and node:test all have it. */
export interface TestFramework {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => void): unknown;
}

/** Declares checks as tests of one group. */
export function layOut(title: string, checks: readonly ConformanceCheck[], { describe, it }: TestFramework): void {
  describe(title, () => {
    for (const { name, run } of checks) it(name, run);
  });
}

/** @throws with the message, unless the condition holds. */
export function assertThat(condition: boolean, message: () => string): void {
  if (!condition) throw new Error(message());
}

type Definition = Pick<AttributeDefinition, 'initial' | 'minimum' | 'maximum' | 'nonzero' | 'integer'>;

/**
 * A value that a definition allows, for a test: near its initial value or within its bounds; sometimes negative, if that is allowed.
 *
 * @param fraction position in the range, in [0, 1)
 */
export function exampleValue(definition: Definition, fraction: number): number {
  const { initial, minimum = -Infinity, maximum = Infinity, integer } = definition;
  const centre = initial === undefined || initial === 0 ? undefined : Math.abs(initial);
  const low = Math.max(minimum, centre === undefined ? Math.max(minimum, Math.min(-1, maximum - 2)) : centre / 2);
  const high = Math.min(maximum, centre === undefined ? low + (integer ? 8 : 2) : centre * 2);
  const drawn = low + (high - low) * (0.05 + 0.9 * fraction);
  if (integer) return Math.ceil(drawn);
  return Math.fround(definition.minimum === undefined && fraction < 0.25 ? -drawn : drawn);
}

/** A power of two that a definition allows, so that products with small integers are exact in float32. */
export function dyadicExample(definition: Definition, fraction: number): number {
  const value = exampleValue(definition, fraction);
  if (value === 0) return value;
  const down = Math.sign(value) * 2 ** Math.floor(Math.log2(Math.abs(value)));
  return isAllowed(down, definition) ? down : down * 2;
}

/** Numbers by name, as a scalar reference takes them. */
export type Numbers = Readonly<Record<string, number>>;

/** A record with every value mapped. */
export function mapRecord<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From, name: string) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}

/**
 * Parameters and attributes of a model by name, as its scalar reference takes them.
 *
 * @param draw returns numbers in [0, 1)
 */
export function exampleValues(
  { parameters, attributes }: ModelDefinition,
  draw: () => number,
  example = exampleValue,
): Numbers {
  return mapRecord({ ...parameters, ...attributes }, (definition) => example(definition, draw()));
}

/** The parameters among a reference's values. */
export function parametersIn({ parameters }: ModelDefinition, values: Numbers): Numbers {
  return mapRecord(parameters, (_definition, name) => ownValue(values, name) ?? Number.NaN);
}

/** The attributes among a reference's values. */
export function attributesIn({ attributes }: ModelDefinition, values: Numbers): Numbers {
  return mapRecord(attributes, (_definition, name) => ownValue(values, name) ?? Number.NaN);
}

function outside(definition: ParameterDefinition | AttributeDefinition): readonly number[] {
  const { minimum, maximum, nonzero } = definition;
  return [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
    ...(nonzero ? [0] : []),
    ...('integer' in definition && definition.integer ? [(minimum ?? 0) + 0.5] : []),
  ];
}

/**
 * The contract of every activation's and neuron's definition: it is consistent, and an error names what in a spec does not fit it.
 *
 * @param what singular noun for messages: `activation`, `neuron`
 */
export function modelChecks<Model extends ModelDefinition>(what: string, model: Model): readonly ConformanceCheck[] {
  const only = registry(what, [[model.kind, model]]);
  const spec: ModelSpec = {
    kind: model.kind,
    parameters: Object.fromEntries(Object.keys(model.parameters).map((part) => [part, `site.${part}`])),
    attributes: Object.fromEntries(
      Object.entries(model.attributes).map(([name, definition]) => [name, exampleValue(definition, 0.5)]),
    ),
  };
  const parameters = new Map(
    Object.entries(model.parameters).map(([part, { role, initial }]) => [
      `site.${part}`,
      scalarParameter(role, initial),
    ]),
  );
  const refuses = (bad: ModelSpec, named: string, given = parameters): void => {
    let message: string | undefined;
    try {
      checkModelSpec(bad, only, given);
    } catch (error) {
      message = String(error);
    }
    assertThat(message !== undefined, () => `A spec with a wrong '${named}' was accepted: ${JSON.stringify(bad)}.`);
    assertThat(message?.includes(`'${named}'`) === true, () => `The message does not name '${named}': ${message}`);
  };
  return [
    {
      name: 'has a kind, a summary, and initial values within its own bounds',
      run: () => {
        assertThat(
          /^[a-z][a-z0-9-]*$/.test(model.kind),
          () => `The kind '${model.kind}' is not written in-kebab-case.`,
        );
        assertThat(model.summary.length > 0, () => `${model.kind} has no summary.`);
        for (const [name, definition] of [...Object.entries(model.parameters), ...Object.entries(model.attributes)]) {
          const { initial, summary } = definition;
          assertThat(summary.length > 0, () => `'${name}' has no summary.`);
          assertThat(initial === undefined || isAllowed(initial, definition), () => `'${name}' may not be ${initial}.`);
          assertThat(!Object.hasOwn(model.parameters, name) || !Object.hasOwn(model.attributes, name), () => {
            return `'${name}' is a parameter and an attribute; a reference could not tell them apart.`;
          });
        }
      },
    },
    {
      name: 'is accepted with every part named and every attribute within bounds',
      run: () => {
        assertThat(
          checkModelSpec(spec, only, parameters) === model,
          () => `The check did not give ${model.kind} back.`,
        );
      },
    },
    {
      name: 'is refused with an unknown or a missing part or attribute, by name',
      run: () => {
        refuses({ ...spec, parameters: { ...spec.parameters, nosuchpart: 'x' } }, 'nosuchpart');
        refuses({ ...spec, attributes: { ...spec.attributes, nosuchnumber: 1 } }, 'nosuchnumber');
        refuses({ ...spec, kind: `${model.kind}x` }, `${model.kind}x`);
        for (const part of Object.keys(model.parameters)) {
          refuses({ ...spec, parameters: without(spec.parameters, part) }, part);
          refuses(spec, part, new Map([...parameters].filter(([name]) => name !== `site.${part}`)));
        }
        for (const [name, { initial }] of Object.entries(model.attributes)) {
          if (initial === undefined) refuses({ ...spec, attributes: without(spec.attributes, name) }, name);
        }
      },
    },
    {
      name: 'is refused with a value out of bounds, by name',
      run: () => {
        for (const [name, definition] of Object.entries(model.attributes)) {
          for (const value of outside(definition)) {
            refuses({ ...spec, attributes: { ...spec.attributes, [name]: value } }, name);
          }
        }
        for (const [part, definition] of Object.entries(model.parameters)) {
          for (const value of outside(definition)) {
            refuses(spec, part, new Map(parameters).set(`site.${part}`, scalarParameter(definition.role, value)));
          }
        }
      },
    },
  ];
}

function without<Value>(record: Readonly<Record<string, Value>>, name: string): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
