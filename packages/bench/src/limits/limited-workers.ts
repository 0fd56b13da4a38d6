import { freePort, type RunningProcess } from '@sluice/testing/servers'
import { startWorker, type WorkerOptions } from '../workers.ts'

/** Worker processes that make HTTP calls under a limit, and whose metrics show what the permits took. */
export interface LimitedWorkers extends AsyncDisposable {
  readonly processes: readonly RunningProcess[]
  /** Returns the Redis calls for permits per start, and the permits that came too late. Dead workers do not count. */
  countAsks(starts: number): Promise<{ 'permit calls per start': number; 'late permits': number }>
}

/** Starts worker processes that may call this machine. */
export async function startLimitedWorkers(options: WorkerOptions & { count: number }): Promise<LimitedWorkers> {
  const ports = await Promise.all(Array.from({ length: options.count }, () => freePort()))
  const processes = await Promise.all(ports.map((port) => startLimitedWorker(options, port)))
  return {
    processes,
    countAsks: async (starts) => {
      const alive = ports.filter((_port, i) => !processes[i]?.hasExited)
      const pages = await Promise.all(alive.map(readMetrics))
      const asks = sum(pages, /^sluice_limit_ask_duration_seconds_count\{.*\} (\d+)$/gm)
      const granted = sum(pages, /^sluice_limit_wait_seconds_count\{.*decision="granted"\} (\d+)$/gm)
      const late = sum(pages, /^sluice_limit_wait_seconds_count\{.*decision="late"\} (\d+)$/gm)
      const perStart = Math.round((100 * asks) / Math.min(granted, starts)) / 100
      return { 'permit calls per start': perStart, 'late permits': late }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(processes.map((process) => process.kill()))
    },
  }
}

function startLimitedWorker(options: WorkerOptions, port: number): Promise<RunningProcess> {
  return startWorker(options, { SLUICE_METRICS_PORT: String(port), SLUICE_HTTP_ALLOW_HOSTS: '127.0.0.1' })
}

async function readMetrics(port: number): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
}

function sum(pages: readonly string[], line: RegExp): number {
  return pages.flatMap((page) => [...page.matchAll(line)]).reduce((total, [, count]) => total + Number(count), 0)
}
