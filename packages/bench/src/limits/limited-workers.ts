import { freePort, type RunningProcess } from '@sluice/testing/servers'
import { startWorker, type WorkerOptions } from '../workers.ts'

/** What workers have counted since they started. */
export interface Counts {
  /** Calls of Sluice's scripts, by script. */
  scripts: Map<string, number>
  granted: number
  /** Permits that came too late to be used. */
  late: number
}

/** Worker processes that make calls under a limit, and whose metrics show what the permits took. */
export interface LimitedWorkers extends AsyncDisposable {
  readonly processes: readonly RunningProcess[]
  /** Returns the sum over all workers. A dead worker keeps the counts that were read last. */
  readCounts(): Promise<Counts>
}

/** Starts worker processes that may call this machine. */
export async function startLimitedWorkers(
  options: WorkerOptions & { count: number; handlers?: URL },
): Promise<LimitedWorkers> {
  const ports = await Promise.all(Array.from({ length: options.count }, () => freePort()))
  const processes = await Promise.all(ports.map((port) => startLimitedWorker(options, port)))
  const pages = new Map<number, string>()
  return {
    processes,
    readCounts: async () => {
      const alive = ports.filter((_port, i) => !processes[i]?.hasExited)
      await Promise.all(alive.map(async (port) => pages.set(port, await readMetrics(port))))
      return countsIn([...pages.values()])
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(processes.map((process) => process.kill()))
    },
  }
}

function startLimitedWorker(options: WorkerOptions & { handlers?: URL }, port: number): Promise<RunningProcess> {
  return startWorker(options, {
    SLUICE_METRICS_PORT: String(port),
    SLUICE_HTTP_ALLOW_HOSTS: '127.0.0.1',
    ...(options.handlers && { SLUICE_HANDLERS: options.handlers.pathname }),
  })
}

async function readMetrics(port: number): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
}

function countsIn(pages: readonly string[]): Counts {
  const scripts = new Map<string, number>()
  for (const page of pages) {
    for (const [, script = '', calls] of page.matchAll(/^sluice_script_calls_total\{script="(.*)"\} (\d+)$/gm)) {
      scripts.set(script, (scripts.get(script) ?? 0) + Number(calls))
    }
  }
  const decided = (decision: string) =>
    sum(pages, new RegExp(`^sluice_limit_wait_seconds_count\\{.*decision="${decision}"\\} (\\d+)$`, 'gm'))
  return { scripts, granted: decided('granted'), late: decided('late') }
}

function sum(pages: readonly string[], line: RegExp): number {
  return pages.flatMap((page) => [...page.matchAll(line)]).reduce((total, [, count]) => total + Number(count), 0)
}

/** Returns the calls of each script per start, most frequent first: `take-turns 1.02, acquire-permits 0.2`. */
export function callsPerStart(before: Counts, after: Counts): string {
  const starts = Math.max(1, after.granted - before.granted)
  return [...after.scripts]
    .map(([script, calls]) => [script, (calls - (before.scripts.get(script) ?? 0)) / starts] as const)
    .filter(([, calls]) => calls >= 0.005)
    .toSorted(([, a], [, b]) => b - a)
    .map(([script, calls]) => `${script} ${calls.toFixed(2)}`)
    .join(', ')
}
