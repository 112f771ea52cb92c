import { ValidateNested } from 'class-validator';
import type { SettingType } from './setting-type.js';

/** What a section class says about one of its properties. The default is the property's initial value. */
export interface SettingRules {
  readonly type: SettingType;
  /** One sentence for operators, without a full stop. */
  readonly doc: string;
  /** Never printed; may come from a file named by `<VARIABLE>_FILE`. */
  readonly secret: boolean;
}

/** The members of a section class, in the order in which they are written: settings, and sections below. */
export type SectionMembers = ReadonlyMap<string, SettingRules | SectionClass>;

/** A class whose properties are decorated with {@link Setting} or {@link Section}. */
export type SectionClass = new () => object;

const members = new WeakMap<object, Map<string, SettingRules | SectionClass>>();

/** A decorator for a property whose type can hold a `T`; another type is a compile error. */
type DecoratorFor<T> = <K extends string, Target extends { readonly [P in K]: T }>(target: Target, key: K) => void;

/**
 * Makes a property a setting: how it is read and shown, and what class-validator demands of it.
 *
 * The YAML key is the property in snake_case, without the unit `Ms`: `heartbeatTtlMs` is `heartbeat_ttl`.
 */
export function Setting<T>(
  type: SettingType<T>,
  doc: string,
  { secret = false }: Partial<Pick<SettingRules, 'secret'>> = {},
): DecoratorFor<T> {
  return (target, key) => {
    membersOf(target).set(key, { type: type as SettingType, doc, secret });
    for (const constraint of type.constraints) constraint(target, key);
  };
}

/** Makes a property a section of settings of its own. */
export function Section<S extends object>(section: new () => S): DecoratorFor<S> {
  return (target, key) => {
    membersOf(target).set(key, section);
    ValidateNested()(target, key);
  };
}

/** @returns what {@link Setting} and {@link Section} said about this class. */
export function sectionMembers(section: SectionClass): SectionMembers {
  return membersOf(section.prototype as object);
}

function membersOf(prototype: object): Map<string, SettingRules | SectionClass> {
  const known = members.get(prototype) ?? new Map<string, SettingRules | SectionClass>();
  members.set(prototype, known);
  return known;
}
