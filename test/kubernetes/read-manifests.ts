import { readdirSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'

/** A resource as it would be sent to the cluster. */
export interface Manifest {
  file: string
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
  /** What the schema has vouched for. */
  [field: string]: any
}

const folder = new URL('../../deploy/kubernetes/', import.meta.url)

/** All YAML documents of deploy/kubernetes. */
export function readManifests(): Manifest[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => readFile(file))
}

function readFile(file: string): Manifest[] {
  const documents = parseAllDocuments(readFileSync(new URL(file, folder), 'utf8'))
  return documents.map((document) => {
    if (document.errors[0]) throw document.errors[0]
    return { ...(document.toJS() as Omit<Manifest, 'file'>), file } as Manifest
  })
}
