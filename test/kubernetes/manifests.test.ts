import { BlockList, isIPv6 } from 'node:net'
import { readSettings } from '@sluice/settings'
import { describe, expect, test } from 'vitest'
import { apiSettings } from '../../apps/api/src/settings.ts'
import { createMetrics } from '../../apps/api/src/metrics.ts'
import { workerSettings } from '../../apps/worker/src/settings.ts'
import { checkManifest } from './check-manifest.ts'
import { readManifests, type Manifest } from './read-manifests.ts'

const manifests = readManifests()
const kustomizations = manifests.filter(({ apiVersion }) => apiVersion.startsWith('kustomize.config.k8s.io/'))
const resources = manifests.filter((manifest) => !kustomizations.includes(manifest))

function find(kind: string, name: string): Manifest {
  const found = resources.find((resource) => resource.kind === kind && resource.metadata.name === name)
  if (!found) throw new Error(`no ${kind} ${name}`)
  return found
}

const deployments = resources.filter(({ kind }) => kind === 'Deployment')
const podOf = (deployment: Manifest) => deployment['spec'].template.spec
const containerOf = (deployment: Manifest) => podOf(deployment).containers[0]

/** What Kubernetes puts into the environment of a deployment's container. */
function environmentOf(deployment: Manifest): Record<string, string> {
  const { envFrom, env } = containerOf(deployment)
  const maps = envFrom.map((source: Manifest) => find('ConfigMap', source['configMapRef'].name)['data'])
  const single = env.map(({ name }: { name: string }) => [name, 'redis://redis:6379'])
  return Object.assign({}, ...maps, Object.fromEntries(single)) as Record<string, string>
}

describe('checkManifest', () => {
  test('sees what does not fit, what is missing and what is misspelt', () => {
    const broken = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { replicas: 'two', template: { spec: { containers: [{ name: 'a', livenessProb: {} }] } } },
    }

    const problems = checkManifest(broken).join('\n')

    expect(problems).toContain('/spec/replicas')
    expect(problems).toContain('selector')
    expect(problems).toContain('/spec/template/spec/containers/0/livenessProb is unknown')
  })
})

describe.each(resources.map((resource) => ({ name: `${resource.file}: ${resource.kind}`, resource })))(
  '$name',
  ({ resource: { file: _file, ...resource } }) => {
    test('fits the schema of its kind, and says nothing that the schema does not know', () => {
      expect(checkManifest(resource)).toEqual([])
    })
  },
)

test('the kustomizations name every file beside them', () => {
  for (const { file, ...kustomization } of kustomizations) {
    const folder = file.replace(/[^/]*$/, '')
    const beside = manifests
      .map((manifest) => manifest.file)
      .filter((other) => other !== file && other.startsWith(folder) && !other.slice(folder.length).includes('/'))
      .map((other) => other.slice(folder.length))

    expect(kustomization['resources'].toSorted()).toEqual([...new Set(beside)].toSorted())
  }
})

describe.each(deployments.map((deployment) => ({ name: deployment.metadata.name, deployment })))(
  '$name',
  ({ name, deployment }) => {
    test('sets only what its process knows, to values it takes', () => {
      const env = environmentOf(deployment)
      const settings = readSettings(name === 'sluice-api' ? apiSettings : workerSettings, env, { prefix: 'SLUICE_' })

      expect(settings.SLUICE_REDIS_URL).toBe('redis://redis:6379')
    })

    test('is given more time to stop than it takes', () => {
      const [, sleepSeconds = '0'] = containerOf(deployment).lifecycle?.preStop.exec.command ?? []
      const graceMs = Number(environmentOf(deployment)['SLUICE_SHUTDOWN_GRACE_MS'])

      expect(podOf(deployment).terminationGracePeriodSeconds * 1000).toBeGreaterThan(
        Number(sleepSeconds) * 1000 + graceMs + 5000,
      )
    })

    test('is ready when Redis is reachable, and alive without it', () => {
      const { livenessProbe, readinessProbe, ports } = containerOf(deployment)
      const port = ports[0].name

      expect(livenessProbe.httpGet).toEqual({ path: '/healthz', port })
      expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port })
      // The look at Redis takes up to two seconds.
      expect(readinessProbe.timeoutSeconds).toBeGreaterThan(2)
    })

    test('listens where its probes, its service and Prometheus look', () => {
      const env = environmentOf(deployment)
      const port = containerOf(deployment).ports[0].containerPort

      expect([env['SLUICE_PORT'], env['SLUICE_METRICS_PORT']]).toContain(String(port))
      // The metrics of the API need an API key, so annotations are not enough to scrape them.
      const { annotations } = deployment['spec'].template.metadata
      expect(annotations?.['prometheus.io/port']).toBe(name === 'sluice-api' ? undefined : String(port))
    })

    test('runs without privileges, and without variables made up from the names of services', () => {
      const pod = podOf(deployment)

      expect(pod).toMatchObject({ enableServiceLinks: false, securityContext: { runAsNonRoot: true, runAsUser: 1000 } })
      expect(containerOf(deployment).securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    })

    test('is what its disruption budget selects', () => {
      const { labels } = deployment['spec'].template.metadata

      expect(labels).toMatchObject(deployment['spec'].selector.matchLabels)
      expect(labels).toMatchObject(find('PodDisruptionBudget', name)['spec'].selector.matchLabels)
    })
  },
)

test('the service leads to the port of the API', () => {
  const { selector, ports } = find('Service', 'sluice-api')['spec']
  const deployment = find('Deployment', 'sluice-api')

  expect(deployment['spec'].template.metadata.labels).toMatchObject(selector)
  expect(containerOf(deployment).ports.map((port: Manifest) => port['name'])).toContain(ports[0].targetPort)
})

test('the API goes by every name of its service', () => {
  const { name } = find('Service', 'sluice-api').metadata
  const [{ namespace } = {}] = kustomizations.map((kustomization) => ({
    namespace: kustomization['namespace'] as string,
  }))
  const allowed = environmentOf(find('Deployment', 'sluice-api'))['SLUICE_ALLOWED_HOSTS']

  expect(allowed?.split(',')).toEqual([
    name,
    `${name}.${namespace}`,
    `${name}.${namespace}.svc`,
    `${name}.${namespace}.svc.cluster.local`,
  ])
})

test('the autoscaler asks for a metric that the API has, by labels it has', () => {
  const { scaleTargetRef, triggers } = find('ScaledObject', 'sluice-worker')['spec']
  const { query, threshold } = triggers[0].metadata
  const { tickets } = createMetrics()
  tickets.set({ queue: 'default', state: 'active' }, 1)

  expect(query).toBe('sum(max by (queue, state) (sluice_queue_tickets{state=~"active|waiting"}))')
  expect(createMetrics().registry.getSingleMetric('sluice_queue_tickets')).toBeDefined()
  expect(find('Deployment', scaleTargetRef.name)).toBeDefined()
  const { SLUICE_WORKER_CONCURRENCY } = environmentOf(find('Deployment', 'sluice-worker'))
  expect(Number(threshold)).toBeLessThan(Number(SLUICE_WORKER_CONCURRENCY))
})

describe('the network policies', () => {
  interface Peer {
    ipBlock: { cidr: string; except?: string[] }
  }
  interface Rule {
    to?: Peer[]
    ports?: { port: number }[]
  }

  /** What the policies that select a deployment's pods let them call. */
  function egressOf(name: string): Rule[] {
    const { labels } = find('Deployment', name)['spec'].template.metadata as { labels: Record<string, string> }
    const policies = resources.filter(({ kind }) => kind === 'NetworkPolicy')
    const selecting = policies.filter((policy) =>
      Object.entries(policy['spec'].podSelector.matchLabels).every(([label, value]) => labels[label] === value),
    )
    return selecting.flatMap((policy) => policy['spec'].egress as Rule[])
  }

  function contains(cidr: string, address: string): boolean {
    const [net = '', bits] = cidr.split('/')
    if (isIPv6(net) !== isIPv6(address)) return false
    const list = new BlockList()
    list.addSubnet(net, Number(bits), isIPv6(net) ? 'ipv6' : 'ipv4')
    return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  }

  function mayCall(name: string, address: string, port: number): boolean {
    return egressOf(name).some(({ to, ports }) => {
      const isTo = ({ ipBlock: { cidr, except = [] } }: Peer) =>
        contains(cidr, address) && !except.some((range) => contains(range, address))
      return (ports?.some((each) => each.port === port) ?? true) && (to?.some(isTo) ?? true)
    })
  }

  const PRIVATE = [
    '10.1.2.3',
    '100.100.100.200',
    '127.0.0.1',
    '172.20.0.1',
    '192.168.1.1',
    '::1',
    'fd00:ec2::254',
    'fe80::1',
  ]
  const METADATA = ['169.254.169.254', '168.63.129.16']

  test.each([...PRIVATE, ...METADATA])('let no pod call %s, but for DNS and Redis', (address) => {
    for (const name of ['sluice-api', 'sluice-worker']) {
      expect([80, 443, 2375, 10_250].filter((port) => mayCall(name, address, port))).toEqual([])
      expect([53, 6379].filter((port) => mayCall(name, address, port))).toEqual([53, 6379])
    }
  })

  test.each(['8.8.8.8', '2606:4700:4700::1111'])('let workers alone call %s', (address) => {
    expect(mayCall('sluice-worker', address, 443)).toBe(true)
    expect(mayCall('sluice-api', address, 443)).toBe(false)
  })

  test('state what leaves a pod, without which everything would', () => {
    for (const policy of resources.filter(({ kind }) => kind === 'NetworkPolicy')) {
      expect(policy['spec'].policyTypes).toContain('Egress')
    }
  })
})
