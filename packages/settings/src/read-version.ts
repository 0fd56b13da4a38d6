import { readFileSync } from 'node:fs'

/** Reads the version of a program from its `package.json`. */
export function readVersion(manifest: URL): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}
