import { UnrecoverableJobError } from '@app/queue';
import { expect, it } from 'vitest';
import { allowedTarget, checkAddresses } from './target.js';

const RULES = { allowedOrigins: ['https://api.example.org', 'http://Shop.example.org:80'], privateOrigins: [] };

it.each(['https://api.example.org/a?b=c', 'https://API.example.org:443/', 'http://shop.example.org/x'])(
  'lets %s through, whatever the spelling of its origin',
  (url) => {
    expect(allowedTarget(url, RULES).url.href).toBe(new URL(url).href);
  },
);

it.each([
  'http://api.example.org/',
  'https://api.example.org:8443/',
  'https://api.example.org.evil.example/',
  'https://evil.example/https://api.example.org',
  'file:///etc/passwd',
])('refuses %s for ever, and names the setting', (url) => {
  expect(() => allowedTarget(url, RULES)).toThrow(UnrecoverableJobError);
  expect(() => allowedTarget(url, RULES)).toThrow(/is not in worker\.http_request\.allowed_origins/);
});

it.each(['', 'api.example.org', 'https://user:secret@api.example.org/'])('refuses the URL %j', (url) => {
  expect(() => allowedTarget(url, RULES)).toThrow(UnrecoverableJobError);
});

it('leaves the query out of messages', () => {
  expect(allowedTarget('https://api.example.org/a?token=secret', RULES).label).toBe('https://api.example.org/a');
});

it('refuses a name when one of its addresses is private', () => {
  const target = allowedTarget('https://api.example.org/', RULES);
  const addresses = ['93.184.216.34', '10.0.0.1'].map((address) => ({ address, family: 4 }));

  expect(() => checkAddresses(target, addresses)).toThrow(/private address 10\.0\.0\.1: list https.*private_origins/);
  expect(() => checkAddresses(target, addresses.slice(0, 1))).not.toThrow();
});

it('lets a private origin lead to private addresses, but never to link-local ones', () => {
  const target = allowedTarget('http://inside/', { allowedOrigins: [], privateOrigins: ['http://inside'] });

  expect(() => checkAddresses(target, [{ address: '127.0.0.1', family: 4 }])).not.toThrow();
  expect(() => checkAddresses(target, [{ address: '169.254.169.254', family: 4 }])).toThrow(/forbidden address/);
});
