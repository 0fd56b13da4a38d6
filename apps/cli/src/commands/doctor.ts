import { ApiError, type Batch, type Queue, type Sluice, type System } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { CommandError } from '../exit-codes.ts'
import { write } from '../output/print.ts'
import { colour, count, duration, terminalWidth, wrapped } from '../output/words.ts'

/** What a check found. `fix` says what to do. */
interface Finding {
  kind: 'ok' | 'warning' | 'problem'
  text: string
  fix?: string
}

/** A clock that is further off shows confusing times. */
const MAX_SKEW_MS = 5000

const MARKS = { ok: ['green', '✓'], warning: ['yellow', '!'], problem: ['red', '✗'] } as const

/** Adds `sluice doctor`. */
export function addDoctorCommand(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('Checks the API, your key, Redis, queues, workers and clocks, and says what to do.')
    .action(async () => {
      const { sluice, server, format } = contextOf(doctor)
      const findings = await examine(sluice, server, program.version() ?? '')
      for (const finding of findings) await write(format === 'text' ? line(finding) : `${JSON.stringify(finding)}\n`)
      if (findings.some(({ kind }) => kind === 'problem')) throw new CommandError('', 1)
    })
}

async function examine(sluice: Sluice, server: string, ownVersion: string): Promise<Finding[]> {
  const { response } = await sluice.service.alive().withResponse()
  return [
    { kind: 'ok', text: `The API at ${server} answers.` },
    ...checkClock(response.headers.get('date')),
    await checkReady(sluice),
    ...(await checkAccess(sluice, ownVersion)),
  ]
}

function checkVersion(version: string, own: string): Finding[] {
  if (version === own) return []
  const text = `The API has version ${version}, and this command line ${own}.`
  return [{ kind: 'warning', text, fix: 'Use the version of the API, or some options and members may be missing.' }]
}

function checkClock(date: string | null): Finding[] {
  const skewMs = date === null ? 0 : Date.now() - Date.parse(date)
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return []
  const text = `The clock of this machine is ${duration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} the API's.`
  return [
    { kind: 'warning', text, fix: 'Synchronize both clocks: relative times and expiry times that you choose are off.' },
  ]
}

async function checkReady(sluice: Sluice): Promise<Finding> {
  try {
    await sluice.service.ready({ maxRetries: 0 })
    return { kind: 'ok', text: 'Redis can be reached and written.' }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { kind: 'problem', text: error.message, fix: 'See docs/operations.md, or the log of the API.' }
  }
}

async function checkAccess(sluice: Sluice, ownVersion: string): Promise<Finding[]> {
  try {
    const { kind, role, name, permissions } = await sluice.session()
    const who = kind === 'anonymous' ? 'anonymous clients' : `your API key (${name})`
    const ok: Finding = { kind: 'ok', text: `The API permits ${who} what the role ${role} may do.` }
    const { version } = await sluice.service.version()
    return [
      ok,
      ...checkVersion(version, ownVersion),
      ...(permissions.includes('system:read') ? checkSystem(await sluice.system.get()) : []),
      ...(await checkQueues(sluice)),
      ...(await checkBatches(sluice)),
    ]
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return [{ kind: 'problem', text: error.message, fix: 'Set SLUICE_API_KEY, or --key-file, to a valid API key.' }]
  }
}

/** A pass is due every fifteen seconds. */
const MAINTENANCE_LATE_MS = 60_000

/** Sluice accepts no tasks above 90%. */
const MUCH_MEMORY = 0.8

function checkSystem({ process: { clockAheadMs }, redis, workers, maintenanceAgeMs }: System): Finding[] {
  const isLate = workers > 0 && (maintenanceAgeMs === null || maintenanceAgeMs > MAINTENANCE_LATE_MS)
  const late: Finding = {
    kind: 'problem',
    text: `Workers are alive, but the last pass of the reconciler ${maintenanceAgeMs === null ? 'was more than a day ago' : `was ${duration(maintenanceAgeMs)} ago`}.`,
    fix: 'See the logs of the workers.',
  }
  const skewed: Finding = {
    kind: 'warning',
    text: `The clock of the API is ${duration(Math.abs(clockAheadMs))} ${clockAheadMs > 0 ? 'ahead of' : 'behind'} Redis's.`,
    fix: 'Synchronize the clocks of both machines.',
  }
  const findings = redis.nodes.flatMap(checkNode)
  if (Math.abs(clockAheadMs) > MAX_SKEW_MS) findings.push(skewed)
  if (isLate) findings.push(late)
  return findings
}

function checkNode({ evictionPolicy, usedBytes, maxBytes }: System['redis']['nodes'][number]): Finding[] {
  const findings: Finding[] = []
  if (evictionPolicy !== 'noeviction') {
    const text = `Redis has maxmemory-policy ${evictionPolicy}, and may evict tasks when its memory is full.`
    findings.push({ kind: 'problem', text, fix: 'Set maxmemory-policy noeviction in the configuration of Redis.' })
  }
  const used = maxBytes === null ? 0 : usedBytes / maxBytes
  if (used > MUCH_MEMORY) {
    const text = `Redis uses ${Math.round(used * 100)} % of its maxmemory. Above 90 %, the API refuses tasks.`
    findings.push({ kind: 'warning', text, fix: 'Delete finished batches, or raise maxmemory.' })
  }
  return findings
}

async function checkQueues(sluice: Sluice): Promise<Finding[]> {
  const findings: Finding[] = []
  for await (const queue of sluice.queues.list()) findings.push(...checkQueue(queue))
  const isCalm = findings.every(({ kind }) => kind === 'ok')
  return isCalm ? [{ kind: 'ok', text: 'Every queue with batches has a worker.' }] : findings
}

function checkQueue({ name, workers, paused, activeBatches }: Queue): Finding[] {
  if (activeBatches === 0) return []
  const waits = `${count(activeBatches)} batch${activeBatches === 1 ? '' : 'es'} of queue "${name}" cannot go on`
  if (paused) return [{ kind: 'warning', text: `${waits}: the queue is paused.`, fix: `sluice queue resume ${name}` }]
  if (workers > 0) return []
  const fix = 'Start a worker that serves the queue (SLUICE_QUEUES), with the same Redis and SLUICE_KEY_PREFIX.'
  return [{ kind: 'problem', text: `${waits}: no worker serves it.`, fix }]
}

async function checkBatches(sluice: Sluice): Promise<Finding[]> {
  const active = await sluice.batches.list({ state: 'active', pageSize: 100 })
  const waits = active.rows.flatMap(({ id, waitingFor }) => waitingFor.flatMap((one) => checkWaiting(id, one)))
  return [...waits, ...(await checkInterrupted(sluice))]
}

/** Queues without a worker are known already. */
function checkWaiting(id: string, { kind, message }: Batch['waitingFor'][number]): Finding[] {
  return kind === 'no_handler' ? [{ kind: 'problem', text: `Batch ${id} cannot go on.`, fix: message }] : []
}

async function checkInterrupted(sluice: Sluice): Promise<Finding[]> {
  const { rows, nextCursor } = await sluice.batches.list({ state: 'interrupted', pageSize: 100 })
  if (rows.length === 0) return []
  const isOne = rows.length === 1 && nextCursor === null
  const many = isOne
    ? '1 batch is interrupted.'
    : `${count(rows.length)}${nextCursor === null ? '' : ' or more'} batches are interrupted.`
  return [{ kind: 'warning', text: many, fix: 'sluice batch list --state interrupted, then sluice batch resume' }]
}

function line({ kind, text, fix }: Finding): string {
  const [name, mark] = MARKS[kind]
  const fixed = fix === undefined ? '' : indented('  → ', fix)
  return indented(`${mark} `, text).replace(mark, colour(name, mark, process.stdout)) + fixed
}

/** Text behind a mark, on as many lines as a terminal needs. */
function indented(mark: string, text: string): string {
  const width = terminalWidth()
  const lines = width === undefined ? [text] : wrapped(text, width - mark.length)
  return `${mark}${lines.join(`\n${' '.repeat(mark.length)}`)}\n`
}
