import { type ConfigIssue, showValue, unavailableValue } from '../config-issue.js';
import type { SettingEntry } from '../schema/setting-list.js';

/** A setting, its value, and where the value comes from. */
export interface ReadValue {
  readonly entry: SettingEntry;
  readonly value: unknown;
  readonly origin: string;
}

/** Refuses values that promise what this version does not have. */
export function refuseUnavailable(values: readonly ReadValue[]): ConfigIssue[] {
  return changed(values).map(({ entry, value, origin }) => {
    const { path, type, secret, defaultValue } = entry;
    const expected = typeof defaultValue === 'string' && defaultValue ? defaultValue : type.format(defaultValue);
    return unavailableValue({ path, found: showValue(value, secret), expected, origin });
  });
}

function changed(values: readonly ReadValue[]): readonly ReadValue[] {
  return values.filter(
    ({ entry, value }) =>
      entry.available === 'refused' && entry.type.format(value) !== entry.type.format(entry.defaultValue),
  );
}
