/** A kernel that a guest can be started with. Paths are absolute. */
export interface Kernel {
  /** As it was asked for: "debian:bookworm". */
  readonly word: string;
  /** `uname -r` of it: "6.1.0-50-amd64". */
  readonly release: string;
  readonly imagePath: string;
  /** The directory that modules.dep is in; `null` when there is none: a kernel with everything built in. */
  readonly modulesPath: string | null;
  /** Its build configuration; `null` when there is none to read. */
  readonly configPath: string | null;
  /** Where it came from, for people and for the run: "linux-image-6.1.0-50-amd64 6.1.176-1". */
  readonly origin: string;
}
