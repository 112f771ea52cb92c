import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { filesBelow, text, yamlDocuments } from '../project-file.js';

/** A manifest, as far as the policies look at it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>> & {
    readonly template?: { readonly spec: PodSpec };
    readonly jobTemplate?: { readonly spec: { readonly template: { readonly spec: PodSpec } } };
    readonly podSelector?: object;
    readonly policyTypes?: readonly string[];
    readonly ingress?: unknown;
    readonly egress?: unknown;
  };
}

/** The same of a pod. */
export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly hostNetwork?: boolean;
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly seccompProfile?: { readonly type: string };
  };
  readonly containers: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

interface Probe {
  readonly httpGet?: { readonly path: string };
  readonly tcpSocket?: object;
  readonly exec?: object;
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop: readonly string[] };
  };
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
}

/** A pod with the manifest it comes from. */
export interface Pod {
  readonly of: string;
  readonly kind: string;
  readonly spec: PodSpec;
}

/** Every pod that the manifests would start. */
export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const pod = spec?.jobTemplate?.spec.template.spec ?? spec?.template?.spec;
    return pod === undefined ? [] : [{ of: metadata.name, kind, spec: pod }];
  });
}

/** The manifests of each overlay, as Kustomize renders them. */
export function renderedOverlays(): [name: string, manifests: Manifest[]][] {
  return filesBelow('deploy/kubernetes/rendered').map((file) => [
    file.slice('deploy/kubernetes/rendered/'.length),
    yamlDocuments<Manifest>(file),
  ]);
}

/** What the head of a rendered file must say: the same as `hashOfManifests` of scripts/check-deploy-manifests.mjs. */
export function hashOfSources(): string {
  const hash = createHash('sha256');
  const sources = filesBelow('deploy/kubernetes').filter(
    (file) => file.endsWith('.yaml') && !file.includes('/rendered/'),
  );
  for (const file of sources) hash.update(`\0${relative('deploy/kubernetes', file)}\0`).update(text(file));
  return hash.digest('hex');
}
