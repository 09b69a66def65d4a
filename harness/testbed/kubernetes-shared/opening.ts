import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesSettings } from '../../model/kubernetes.ts';
import type { Mode } from '../../model/mode.ts';
import type { Scenario } from '../../model/scenario.ts';
import { loadMachineLabel, loadOwner, type Owner } from '../../system/owner.ts';
import type { TestbedOptions } from '../testbed.ts';
import { makeRunLabels, type RunLabels } from './labels.ts';
import { findDiscoveryVersion, ServiceObjects } from './service-objects.ts';
import { Workspace } from './workspace.ts';

/** What every cluster of a run is opened with. */
export interface Opening {
  readonly options: TestbedOptions;
  readonly settings: KubernetesSettings;
  readonly owner: Owner;
  readonly machine: string;
  readonly labels: RunLabels;
  /** What is made is undone from here, last in, first out. */
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

export async function makeOpening(
  options: TestbedOptions,
  life: { readonly stack: AsyncDisposableStack; readonly signal: AbortSignal },
): Promise<Opening> {
  const owner = await loadOwner();
  const machine = await loadMachineLabel();
  const settings = requireSettings(options.scenario);
  return { options, settings, owner, machine, labels: makeRunLabels(owner, machine), ...life };
}

export function requireSettings(scenario: Scenario): KubernetesSettings {
  if (scenario.kubernetes === undefined)
    throw new Error('the scenario was stored before testbeds on Kubernetes existed');
  return scenario.kubernetes;
}

/** Tells how the cluster of one mode comes along. */
export type ModeProgress = (step: string) => (detail: string) => void;

export function makeModeProgress({ options }: Opening, mode: Mode): ModeProgress {
  return (step) => (detail) => options.onProgress({ step, detail, modeId: mode.id });
}

export interface WorkspacePlace {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  readonly clientNodes: Readonly<Record<string, string>>;
  readonly serverNodes: Readonly<Record<string, string>>;
}

export function openWorkspace(opening: Opening, place: WorkspacePlace, progress: ModeProgress): Promise<Workspace> {
  const { options, settings, labels, signal } = opening;
  progress('pods')('');
  return Workspace.open({
    ...place,
    labels,
    images: { nginx: settings.nginxImage, client: settings.clientImage },
    clients: options.scenario.load.clients,
    logFile: join(options.logsDirectory, 'load-client.log'),
    signal,
    onProgress: progress('pods'),
  });
}

export async function openServiceObjects(
  { signal }: Opening,
  kubeConfig: KubeConfig,
  progress: ModeProgress,
): Promise<ServiceObjects> {
  const version = await findDiscoveryVersion(kubeConfig);
  return new ServiceObjects({ kubeConfig, version, signal, onProgress: progress('loading objects') });
}
