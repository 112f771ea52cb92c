import { describe, expect, it } from 'vitest';
import { releaseNotes } from '../scripts/check-deploy-release.mjs';
import { filesBelow, yaml } from './project-file.js';

interface Workflow {
  readonly permissions?: Record<string, string>;
  readonly jobs: Record<string, { 'timeout-minutes'?: number; permissions?: Record<string, string>; steps: Step[] }>;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}

describe.each(filesBelow('.github/workflows'))('%s', (file) => {
  const workflow = yaml<Workflow>(file);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('may read and nothing else, unless a job says more', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('ends every job in time, and leaves no credentials behind', () => {
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout'))) {
      expect(step.with).toHaveProperty('persist-credentials', false);
    }
  });

  it('puts no text that others write into a script', () => {
    const scripts = steps.flatMap(({ run }) => run ?? []);

    expect(scripts.filter((run) => run.includes('${{'))).toEqual([]);
  });
});

describe('the release', () => {
  const { jobs } = yaml<Workflow>('.github/workflows/release.yml');

  it('may write only where it publishes', () => {
    const writers = Object.entries(jobs).filter(([, { permissions }]) =>
      Object.values(permissions ?? {}).includes('write'),
    );

    expect(writers.map(([name]) => name)).toEqual(['image', 'publish']);
    expect(jobs['image']?.permissions).toEqual({ contents: 'read', packages: 'write' });
  });

  const changelog =
    '# Changelog\n\n## Unreleased\n\n## [1.2.3] - 2026-11-24\n\n### Added\n\n- A thing.\n\n## 1.2.2\n\n- Old.\n';

  it('takes its notes from the chapter of its version', () => {
    expect(releaseNotes('v1.2.3', { version: '1.2.3', changelog })).toBe('### Added\n\n- A thing.');
    expect(releaseNotes('v1.2.2', { version: '1.2.2', changelog })).toBe('- Old.');
  });

  it('refuses a tag that is not the version, and a version that the changelog does not know', () => {
    expect(() => releaseNotes('v1.2.4', { version: '1.2.3', changelog })).toThrow('expected v1.2.3');
    expect(() => releaseNotes('v2.0.0', { version: '2.0.0', changelog })).toThrow('nothing under "## 2.0.0"');
  });
});
