import { describe, expect, it } from 'vitest';
import { commitOf, pinnedFiles, pins, resolveImage, withPins } from '../scripts/pin.mjs';
import { text } from './project-file.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const COMMIT = 'b'.repeat(40);

describe('deploy/pins.json', () => {
  it.each(pinnedFiles())('%s says what it says', (file) => {
    expect(withPins(text(file), pins())).toBe(text(file));
  });

  it('has every image and every action that a file names', () => {
    const { images, actions } = pins();
    const files = pinnedFiles().map(text);
    const uses = files.flatMap((file) => [...file.matchAll(/uses: ([^@\s]+)@/g)].map(([, action]) => action!));
    const bases = files.flatMap((file) => [...file.matchAll(/(docker\.io\/[\w./-]+):/g)].map(([, image]) => image!));

    expect(uses.filter((action) => !(action in actions))).toEqual([]);
    expect(
      bases.filter((image) => !Object.values(images).some(({ reference }) => reference.startsWith(`${image}:`))),
    ).toEqual([]);
    expect(Object.keys(actions).filter((action) => !uses.includes(action))).toEqual([]);
  });

  it('holds digests and commits in full, or none', () => {
    for (const { digest } of Object.values(pins().images)) expect(digest).toMatch(/^(sha256:[0-9a-f]{64})?$/);
    for (const { commit } of Object.values(pins().actions)) expect(commit).toMatch(/^([0-9a-f]{40})?$/);
  });
});

describe('scripts/pin.mjs', () => {
  const wanted = {
    images: {
      node: { reference: 'docker.io/library/node:24.1.2-bookworm-slim', digest: DIGEST },
      redis: { reference: 'docker.io/library/redis:7.4.6', digest: DIGEST },
    },
    actions: { 'actions/checkout': { tag: 'v5', commit: COMMIT } },
  };

  it('writes digest and commit beside the tag, as often as it is run', () => {
    const before =
      'ARG NODE_VERSION=24.0.0\nARG NODE_DIGEST=\nimage: docker.io/library/redis:7.0.0\n  - uses: actions/checkout@v4\n';
    const after = withPins(before, wanted);

    expect(after.split('\n')).toEqual([
      'ARG NODE_VERSION=24.1.2',
      `ARG NODE_DIGEST=@${DIGEST}`,
      `image: docker.io/library/redis:7.4.6@${DIGEST}`,
      `  - uses: actions/checkout@${COMMIT} # v5`,
      '',
    ]);
    expect(withPins(after, wanted)).toBe(after);
  });

  it('logs in as nobody when a registry asks for it, and takes the digest it answers with', async () => {
    const asked: string[] = [];
    const digest = await resolveImage('docker.io/library/redis:7.4.6', async (url, options) => {
      asked.push(url);
      if (url.startsWith('https://auth.')) return Response.json({ token: 't' });
      if (options?.headers?.['authorization'] === 'Bearer t')
        return new Response(null, { headers: { 'docker-content-digest': DIGEST } });
      const challenge =
        'Bearer realm="https://auth.docker.io/token",service="registry",scope="repository:library/redis:pull"';
      return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
    });

    expect(digest).toBe(DIGEST);
    expect(asked[0]).toBe('https://registry-1.docker.io/v2/library/redis/manifests/7.4.6');
    expect(asked[1]).toContain('scope=repository%3Alibrary%2Fredis%3Apull');
  });

  it('writes no digest that nobody answered with', async () => {
    const refused = resolveImage('docker.io/library/redis:0.0.0', async () => new Response(null, { status: 404 }));

    await expect(refused).rejects.toThrow('registry-1.docker.io answered 404 and no digest');
  });

  it('takes the commit that an annotated tag points to', () => {
    const listing = `${'c'.repeat(40)}\trefs/tags/v5\n${COMMIT}\trefs/tags/v5^{}\n`;

    expect(commitOf('actions/checkout', 'v5', listing)).toBe(COMMIT);
    expect(() => commitOf('actions/checkout', 'v6', listing)).toThrow('there is no tag v6');
  });
});
