/** A kube-proxy binary that was found, downloaded or built, and checked. */
export interface KubeProxyBinary {
  readonly path: string;
  /** As the binary reports itself. */
  readonly version: string;
  readonly sha256: string;
}
