import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1'
import { Deployment } from 'kubernetes-models/apps/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Namespace, Service } from 'kubernetes-models/v1'

/** Made from Kubernetes's and KEDA's own schemas. */
const models = [ConfigMap, Deployment, Namespace, NetworkPolicy, PodDisruptionBudget, ScaledObject, Service]

/** What is wrong with a resource by its schema: values that do not fit, and fields it does not know. */
export function checkManifest(resource: Readonly<Record<string, unknown>>): string[] {
  const { apiVersion, kind } = resource
  const model = models.find((candidate) => candidate.apiVersion === apiVersion && candidate.kind === kind)
  if (!model) return [`no schema for ${String(apiVersion)} ${String(kind)}`]

  const known = new Set<string>()
  const misfits = misfitsOf(model, watchReads(resource, '', known))
  const unknown = pathsOf(resource, '').filter((path) => !known.has(path))
  return [...misfits, ...unknown.map((path) => `${path} is unknown`)]
}

function misfitsOf(model: (typeof models)[number], resource: unknown): string[] {
  try {
    model.prototype.validate.call(resource)
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** Schemas of Kubernetes allow any further field, and so a misspelt one. What a validator never reads it does not know. */
function watchReads(value: unknown, path: string, reads: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    get(target, key) {
      const child = `${path}/${String(key)}`
      reads.add(child)
      return watchReads(Reflect.get(target, key), child, reads)
    },
  })
}

function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => [`${path}/${key}`, ...pathsOf(child, `${path}/${key}`)])
}
