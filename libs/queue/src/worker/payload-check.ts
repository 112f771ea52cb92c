import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError, ValidationTypes } from 'class-validator';
import { InvalidPayloadError } from '../errors/invalid-payload.error.js';
import { QueueError } from '../errors/queue-error.js';

/** A class whose decorators say what a payload may be. */
export type PayloadClass<Payload extends object = object> = new () => Payload;

/** Turns the payload of a job into an instance of its class. */
export type PayloadCheck = (payload: unknown) => object;

const MOST_FAULTS = 20;

const RULES = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  validationError: { target: false, value: false },
};

/**
 * Makes the check of payloads by the rules of class-validator: fields that the class does not know are refused. Rules that
 * answer with a promise are not awaited, so they check nothing.
 *
 * @throws {QueueError} the class has no rules: it would refuse every payload.
 */
export function payloadCheck(payloadClass: PayloadClass): PayloadCheck {
  const rules = getMetadataStorage().getTargetValidationMetadatas(payloadClass, '', true, false);
  if (rules.length === 0) {
    throw new QueueError('invalid-options', `payload class ${payloadClass.name} has no rules of class-validator`);
  }
  return (payload) => {
    const instance = transform(payloadClass, payload);
    const faults = validateSync(instance, RULES).flatMap((error) => describe(error, ''));
    if (faults.length > 0) throw new InvalidPayloadError(`is not valid: ${listOf(faults)}`);
    return instance;
  };
}

function transform(payloadClass: PayloadClass, payload: unknown): object {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    const found = payload === null ? 'null' : Array.isArray(payload) ? 'a list' : `a ${typeof payload}`;
    throw new InvalidPayloadError(`is not valid: found ${found}, expected an object`);
  }
  // class-transformer and class-validator do not see fields named like those that every object has.
  const hidden = Object.keys(payload).filter((name) => name in Object.prototype);
  if (hidden.length > 0) throw new InvalidPayloadError(`is not valid: ${listOf(hidden.map(unknownField))}`);
  try {
    return plainToInstance(payloadClass, payload);
  } catch (error) {
    throw new InvalidPayloadError(`is not valid: ${String(error)}`, { cause: error }); // nested too deeply, for one
  }
}

/** The faults of a field and of what is inside it, each with its path. */
function describe({ property, constraints = {}, children = [] }: ValidationError, parent: string): string[] {
  const own = Object.entries(constraints).map(([rule, message]) =>
    rule === ValidationTypes.WHITELIST ? unknownField(parent + property) : parent + message,
  );
  return [...own, ...children.flatMap((child) => describe(child, `${parent}${property}.`))];
}

function unknownField(name: string): string {
  return `${name} is no known field`;
}

function listOf(faults: readonly string[]): string {
  const more = faults.length > MOST_FAULTS ? `; and ${faults.length - MOST_FAULTS} more` : '';
  return faults.slice(0, MOST_FAULTS).join('; ') + more;
}
