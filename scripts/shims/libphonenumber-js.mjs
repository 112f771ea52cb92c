// Stands in for `libphonenumber-js/max` in the bundled admin CLI: class-validator loads it for @IsPhoneNumber, which no
// setting uses, and its tables are a fifth of the bundle.
export function parsePhoneNumber() {
  throw new Error('libphonenumber-js is not part of the admin bundle (scripts/shims/libphonenumber-js.mjs)');
}
