import { z } from 'zod';

export type EngineProgram = 'docker' | 'podman';

/** What `docker info` and `podman info` have in them, each with names of its own. */
const infoSchema = z.looseObject({
  ServerVersion: z.string().optional(),
  DockerRootDir: z.string().optional(),
  KernelVersion: z.string().optional(),
  OperatingSystem: z.string().optional(),
  Name: z.string().optional(),
  host: z.looseObject({ kernel: z.string().optional(), hostname: z.string().optional() }).optional(),
  store: z.looseObject({ graphRoot: z.string() }).optional(),
  version: z.looseObject({ Version: z.string() }).optional(),
});
export type EngineInfo = z.infer<typeof infoSchema>;

/** Throws when the text is no description of an engine. */
export function parseInfo(text: string): EngineInfo {
  try {
    return infoSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`it does not describe itself: ${text.trim().slice(0, 80) || 'it says nothing'}`);
  }
}
