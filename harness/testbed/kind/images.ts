import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../errors.ts';
import { CommandError } from '../../system/exec.ts';
import { withoutSecrets } from './engine-place.ts';
import { fullReference } from './image-reference.ts';
import { type KindCluster, type KindProgram, runKind } from './kind-cluster.ts';

export interface ImagesDemand {
  readonly images: readonly string[];
  /** For an archive on its way. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** Brings images of this machine into all nodes of a cluster; pulls what the engine has not. */
export async function loadImages(program: KindProgram, cluster: KindCluster, demand: ImagesDemand): Promise<void> {
  for (const image of new Set(demand.images)) await requireImage(program, image, demand);
  demand.onProgress(demand.images.join(', '));
  const why = await tryDockerImage(program, cluster, demand);
  if (why === null) return;
  if (why !== '') demand.onProgress(`kind load docker-image fails (${why}): by an archive of one platform`);
  await loadArchive(program, cluster, { ...demand, before: why });
}

async function requireImage({ exec, engine }: KindProgram, image: string, demand: ImagesDemand): Promise<void> {
  const there = await exec.run([engine.program, 'image', 'inspect', image]).then(
    () => true,
    () => false,
  );
  if (there) return;
  demand.onProgress(`pulling ${image}`);
  await exec.run([engine.program, 'pull', image], { signal: demand.signal }).catch((error: unknown) => {
    demand.signal.throwIfAborted();
    throw new EnvironmentError(
      `the image ${image} is not here and cannot be pulled: ${lastLine(error)}`,
      'name images that the engine has: --nginx-image, --client-image (any with Node 18 or later)',
    );
  });
}

/** The quick way: nodes that have the image are left alone. `null` when it went, else why not; "" for an engine that it is not made for (kind asks a program called docker). */
async function tryDockerImage(
  program: KindProgram,
  cluster: KindCluster,
  { images, signal }: ImagesDemand,
): Promise<string | null> {
  if (program.engine.program !== 'docker') return '';
  try {
    await runKind(program, ['load', 'docker-image', ...images, '--name', cluster.name], signal);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return lastLine(error);
  }
}

/**
 * An engine that stores images by containerd (Docker 27.4 and later) has one platform of an image of many, and gives kind an index of all (kind#3795, #4033). The archive is of the
 * platform that the nodes are, where the engine can say so (Docker 28, podman always).
 */
async function loadArchive(
  program: KindProgram,
  cluster: KindCluster,
  demand: ImagesDemand & { readonly before: string },
): Promise<void> {
  const archive = join(demand.directory, `images-${cluster.name}.tar`);
  try {
    await saveImages(program, archive, demand);
    await runKind(program, ['load', 'image-archive', archive, '--name', cluster.name], demand.signal);
  } catch (error) {
    demand.signal.throwIfAborted();
    const also = demand.before === '' ? '' : `; kind load docker-image: ${demand.before}`;
    throw new EnvironmentError(
      `the images ${demand.images.join(', ')} cannot be brought into the nodes of ${cluster.name}: ${lastLine(error)}${also}`,
      `fetch them as one platform (${program.engine.program} pull --platform ${platform()} IMAGE), or name others: --nginx-image, --client-image`,
    );
  } finally {
    await rm(archive, { force: true });
  }
}

async function saveImages(
  { exec, engine }: KindProgram,
  archive: string,
  { images, signal }: ImagesDemand,
): Promise<void> {
  const save = (words: readonly string[], names: readonly string[]) =>
    exec.run([engine.program, 'save', ...words, '--output', archive, ...names], { signal });
  if (engine.program === 'podman') {
    // It calls an image of no registry localhost/…, and the nodes look for it at docker.io.
    for (const image of images) await exec.run(['podman', 'tag', image, fullReference(image)], { signal });
    await save(['--format', 'docker-archive', '--multi-image-archive'], images.map(fullReference));
    return;
  }
  await save(['--platform', platform()], images).catch((error: unknown) => {
    if (!(error instanceof CommandError) || !/unknown flag|API version/i.test(error.stderrTail)) throw error;
    return save([], images);
  });
}

/** The nodes run on this machine's kernel. */
function platform(): string {
  return `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
}

function lastLine(error: unknown): string {
  const text = error instanceof CommandError ? error.stderrTail : String(error);
  return withoutSecrets(text.trim().split('\n').at(-1) ?? '');
}
