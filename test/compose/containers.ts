import { runCommand } from './run-command.ts'

/** Ends a container as a crash of its machine would. */
export async function killContainer(id: string): Promise<void> {
  await runCommand(['docker', 'kill', '--signal', 'KILL', id])
}

/** What a process that has ended left as its exit code. */
export async function exitCodeOf(id: string): Promise<number> {
  return Number(await runCommand(['docker', 'inspect', '--format', '{{.State.ExitCode}}', id]))
}

/** The sum of the lines of a worker's metrics that begin like this. */
export async function readWorkerMetric(id: string, line: string): Promise<number> {
  const script = `fetch('http://127.0.0.1:9464/metrics').then((response) => response.text()).then(console.log)`
  const metrics = await runCommand(['docker', 'exec', id, 'node', '-e', script])
  const values = metrics.split('\n').filter((candidate) => candidate.startsWith(line))
  return values.reduce((sum, value) => sum + Number(value.split(' ').at(-1)), 0)
}

/** What a container may do and use, as the engine states it. */
export async function readBounds(id: string): Promise<Record<string, unknown>> {
  const { HostConfig } = JSON.parse(await runCommand(['docker', 'inspect', '--format', '{{json .}}', id])) as {
    HostConfig: Record<string, unknown>
  }
  const { CapAdd, CapDrop, ReadonlyRootfs, SecurityOpt, PidsLimit, Memory } = HostConfig
  return { CapAdd, CapDrop, ReadonlyRootfs, SecurityOpt, PidsLimit, Memory }
}
