import { EnvironmentError } from '../../errors.ts';
import { CommandError } from '../../system/exec.ts';
import { type KindCluster, type KindProgram, runKind } from './kind-cluster.ts';

/** Brings an image of this machine into all nodes of a cluster; pulls it when the engine has none. */
export async function loadImages(
  program: KindProgram,
  cluster: KindCluster,
  options: {
    readonly images: readonly string[];
    readonly signal: AbortSignal;
    readonly onProgress: (text: string) => void;
  },
): Promise<void> {
  const { exec, engine } = program;
  for (const image of options.images) {
    const there = await exec.run([engine.program, 'image', 'inspect', image]).then(
      () => true,
      () => false,
    );
    if (there) continue;
    options.onProgress(`pulling ${image}`);
    await exec.run([engine.program, 'pull', image], { signal: options.signal }).catch((error: unknown) => {
      options.signal.throwIfAborted();
      const why = error instanceof CommandError ? error.stderrTail.trim().split('\n').at(-1) : String(error);
      throw new EnvironmentError(
        `the image ${image} is not here and cannot be pulled: ${why}`,
        'name images that the engine has: --nginx-image, --client-image (any with Node 18 or later)',
      );
    });
  }
  options.onProgress(options.images.join(', '));
  await runKind(program, ['load', 'docker-image', ...options.images, '--name', cluster.name], options.signal);
}
