import { ownValue } from './own-value.js';
import type { Parameter, ParameterRole } from './parameter.js';
import { unknownName } from './registry.js';
import type { Registry } from './registry.js';
import type { ModelSpec } from './spec.js';

/** A named part of an activation or neuron that a network parameter provides: θ, V(0), a leak. */
export interface ParameterDefinition {
  readonly role: ParameterRole;
  /** Initial value of a new parameter. */
  readonly initial: number;
  /** Lower bound of every element, inclusive. Default: none. */
  readonly minimum?: number;
  /** Upper bound of every element, inclusive. Default: none. */
  readonly maximum?: number;
  /** Zero is refused, too. */
  readonly nonzero?: true;
  /** The conversion must be given its value; the initial one is not used. */
  readonly needed?: true;
  /** One line: symbol, unit, what it does. */
  readonly summary: string;
}

/** A fixed number of an activation or neuron, such as the number of quantization levels. */
export interface AttributeDefinition {
  /** Default value; if absent, a spec must give one. */
  readonly initial?: number;
  /** Inclusive; absent: none. */
  readonly minimum?: number;
  /** Inclusive; absent: none. */
  readonly maximum?: number;
  /** Zero is refused, too. */
  readonly nonzero?: true;
  /** Only integers are accepted. */
  readonly integer?: true;
  /** One line: symbol, unit, what it does. */
  readonly summary: string;
}

/** What all models that a {@link ModelSpec} can name have in common: activations and neurons. */
export interface ModelDefinition {
  /** Its name in a registry and in a spec. */
  readonly kind: string;
  /** One line for lists and messages. */
  readonly summary: string;
  readonly parameters: Readonly<Record<string, ParameterDefinition>>;
  readonly attributes: Readonly<Record<string, AttributeDefinition>>;
}

/** The values that a definition allows. */
export type AllowedRange = Pick<AttributeDefinition, 'minimum' | 'maximum' | 'nonzero' | 'integer'>;

export function describeRange({ minimum, maximum, nonzero, integer }: AllowedRange): string {
  const bounds = [
    ...(minimum === undefined ? [] : [minimum === 0 && nonzero ? 'above 0' : `at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    ...(nonzero && minimum !== 0 ? ['not 0'] : []),
  ];
  return [integer ? 'an integer' : 'a finite number', ...(bounds.length > 0 ? [bounds.join(', ')] : [])].join(' ');
}

/** Whether a value is finite and allowed by the definition of a parameter or attribute. */
export function isAllowed(
  value: number,
  { minimum = -Infinity, maximum = Infinity, nonzero, integer }: AllowedRange,
): boolean {
  return (
    Number.isFinite(value) &&
    value >= minimum &&
    value <= maximum &&
    !(nonzero && value === 0) &&
    !(integer && !Number.isInteger(value))
  );
}

/**
 * The value of every attribute: the given value, or else the initial one.
 *
 * @throws if an attribute without an initial value is not given.
 */
export function attributeValues<Name extends string>(
  definitions: Readonly<Record<Name, AttributeDefinition>>,
  given: Readonly<Record<string, number>>,
): Readonly<Record<Name, number>>;
export function attributeValues(
  definitions: Readonly<Record<string, AttributeDefinition>>,
  given: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, { initial, summary }]) => {
      const value = ownValue(given, name) ?? initial;
      if (value === undefined)
        throw new Error(`The attribute '${name}' (${summary}) must be given; it has no initial value.`);
      return [name, value];
    }),
  );
}

/**
 * The value of each named part: tensors while a model runs, numbers in its reference.
 *
 * @throws if a part is missing.
 */
export function partsOf<Name extends string, Value>(
  definitions: Readonly<Record<Name, ParameterDefinition>>,
  given: Readonly<Record<string, Value>>,
): Readonly<Record<Name, Value>>;
export function partsOf<Value>(
  definitions: Readonly<Record<string, ParameterDefinition>>,
  given: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, { summary }]) => {
      const value = ownValue(given, name);
      if (value === undefined)
        throw new Error(`The parameter '${name}' (${summary}) is missing; give one for every part.`);
      return [name, value];
    }),
  );
}

function specProblems(model: ModelDefinition, spec: ModelSpec): readonly string[] {
  const problems: string[] = [];
  const parts = Object.keys(model.parameters);
  const attributes = Object.keys(model.attributes);
  for (const name of Object.keys(spec.parameters)) {
    if (!Object.hasOwn(model.parameters, name)) problems.push(unknownName('parameter', name, parts));
  }
  for (const [name, { summary }] of Object.entries(model.parameters)) {
    if (!Object.hasOwn(spec.parameters, name)) {
      problems.push(`No network parameter is named for its part '${name}' (${summary}).`);
    }
  }
  for (const name of Object.keys(spec.attributes)) {
    if (!Object.hasOwn(model.attributes, name)) problems.push(unknownName('attribute', name, attributes));
  }
  for (const [name, definition] of Object.entries(model.attributes)) {
    const value = ownValue(spec.attributes, name) ?? definition.initial;
    if (value === undefined) {
      problems.push(`Its attribute '${name}' (${definition.summary}) must be given: ${describeRange(definition)}.`);
    } else if (!isAllowed(value, definition)) {
      problems.push(`Its attribute '${name}' is ${value}, but must be ${describeRange(definition)}.`);
    }
  }
  return problems;
}

function valueProblems(
  model: ModelDefinition,
  spec: ModelSpec,
  parameters: ReadonlyMap<string, Parameter>,
): readonly string[] {
  const problems: string[] = [];
  for (const [part, definition] of Object.entries(model.parameters)) {
    const name = ownValue(spec.parameters, part);
    if (name === undefined) continue;
    const parameter = parameters.get(name);
    if (parameter === undefined) {
      problems.push(`Its part '${part}' names '${name}', which is not a parameter of the network.`);
      continue;
    }
    if (parameter.role !== definition.role) {
      problems.push(
        `Its part '${part}' is '${name}' with the role ${parameter.role}, but the role must be ${definition.role}.`,
      );
    }
    const at = parameter.data.findIndex((value) => !isAllowed(value, definition));
    if (at >= 0) {
      problems.push(
        `Element ${at} of its part '${part}', '${name}', is ${parameter.data[at]}, but must be ${describeRange(definition)}.`,
      );
    }
  }
  return problems;
}

/**
 * The model that a spec names, after checking that the spec fits it: it names every part and no other, and every attribute is in range.
 *
 * @param parameters a network's parameters; if given, those named must also exist, have the right role and be in range
 * @throws if the kind is unknown, or listing everything that does not fit.
 */
export function checkModelSpec<Model extends ModelDefinition>(
  spec: ModelSpec,
  registry: Registry<Model>,
  parameters?: ReadonlyMap<string, Parameter>,
): Model {
  const model = registry.get(spec.kind);
  const problems = [...specProblems(model, spec), ...(parameters ? valueProblems(model, spec, parameters) : [])];
  if (problems.length > 0)
    throw new Error(`The ${registry.what} '${spec.kind}' is not well specified. ${problems.join(' ')}`);
  return model;
}
