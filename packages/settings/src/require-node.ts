// Older versions of Node load this module, so it imports nothing and uses plain syntax.

/** The oldest version of Node that runs Sluice. */
const LEAST_MAJOR = 24

/** The part of Node's `process` that the check needs. */
export interface NodeHost {
  versions: { node: string }
  stderr: { write(text: string): unknown }
  exit(code: number): never
}

/** Ends the process with 2 and a sentence if its Node is too old. */
export function requireNode(host: NodeHost): void {
  if (Number.parseInt(host.versions.node, 10) >= LEAST_MAJOR) return
  host.stderr.write(`Sluice needs Node ${LEAST_MAJOR} or later, and this is Node ${host.versions.node}.\n`)
  host.exit(2)
}
