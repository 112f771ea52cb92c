import { BlockList, isIPv6 } from 'node:net';

/** Who an address leads to. `forbidden`: the cloud's own services, groups, nobody; no setting opens them. */
export type AddressReach = 'public' | 'private' | 'forbidden';

const PRIVATE = blockList([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // shared by carriers, and by clusters
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15], // for measurements
  ['::1', 128],
  ['fc00::', 7],
  ['fec0::', 10],
]);

const FORBIDDEN = blockList([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16], // link-local: 169.254.169.254 hands out credentials
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['100::', 64],
  ['2001::', 23], // Teredo and other tunnels: an IPv4 address may hide in them
  ['2001:db8::', 32],
  ['fe80::', 10],
  ['fd00:ec2::254', 128], // as 169.254.169.254, for IPv6
  ['ff00::', 8],
]);

/** Prefixes of IPv6 under which an IPv4 address stands, and the group it begins at. */
const EMBEDDED: readonly [prefix: BlockList, firstGroup: number][] = [
  [blockList([['::', 96]]), 6],
  [blockList([['::ffff:0:0', 96]]), 6], // mapped
  [blockList([['64:ff9b::', 96]]), 6], // NAT64
  [blockList([['2002::', 16]]), 1], // 6to4
];

/** Judges an address as the resolver gave it; one that wraps an IPv4 address is judged by that. */
export function reachOf(address: string): AddressReach {
  const plain = address.split('%')[0]!;
  if (!isIPv6(plain)) return reachIn(plain, 'ipv4');
  const reach = reachIn(plain, 'ipv6');
  if (reach !== 'public') return reach;
  const inner = embeddedIpv4(plain);
  return inner === undefined ? 'public' : reachIn(inner, 'ipv4');
}

function reachIn(address: string, family: 'ipv4' | 'ipv6'): AddressReach {
  if (FORBIDDEN.check(address, family)) return 'forbidden';
  return PRIVATE.check(address, family) ? 'private' : 'public';
}

function embeddedIpv4(address: string): string | undefined {
  // a mapped address is also found in lists of IPv4 subnets, so the prefix is compared as groups
  const groups = groupsOf(address);
  const found = EMBEDDED.find(([prefix]) => prefix.check(groups.map((group) => group.toString(16)).join(':'), 'ipv6'));
  if (!found) return undefined;
  const [high = 0, low = 0] = groups.slice(found[1], found[1] + 2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address. The URL parser knows every spelling. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  if (tail === undefined) return parse(head);
  const zeros = Array.from({ length: 8 - parse(head).length - parse(tail).length }, () => 0);
  return [...parse(head), ...zeros, ...parse(tail)];
}

function blockList(subnets: readonly (readonly [network: string, bits: number])[]): BlockList {
  const blocked = new BlockList();
  for (const [network, bits] of subnets) blocked.addSubnet(network, bits, isIPv6(network) ? 'ipv6' : 'ipv4');
  return blocked;
}
