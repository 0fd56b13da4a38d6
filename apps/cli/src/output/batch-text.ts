import type { Batch } from '@sluice/client'
import { namedLine } from './named-line.ts'
import type { Printer } from './print.ts'
import { renderTable } from './table.ts'
import { ago, colour, count, duration, oneLine } from './words.ts'

const STATE_COLOURS = { active: 'yellow', interrupted: 'red', completed: 'green', cancelled: 'dim' } as const

/** The state of a batch, and how it ended. */
export function stateText({ state, outcome }: Pick<Batch, 'state' | 'outcome'>, stream: NodeJS.WriteStream): string {
  const isBad = outcome === 'failed' || outcome === 'partial'
  const text = outcome === null ? state : `${state} (${outcome})`
  return colour(isBad ? 'red' : STATE_COLOURS[state], text, stream)
}

/** Batches as a table, one line each. */
export const batchList: Printer<Batch> = {
  fields: ['id', 'code', 'queue', 'state', 'outcome', 'createdAt', 'startedAt', 'finishedAt', 'percent', 'counts'],
  text: (batches) => {
    if (batches.length === 0) return 'There are no such batches.'
    return renderTable(batches, [
      { title: 'CODE', value: ({ code }) => oneLine(code, 40) },
      { title: 'QUEUE', isOptional: true, value: ({ queue }) => oneLine(queue, 20) },
      { title: 'STATE', value: (batch) => stateText(batch, process.stdout) },
      { title: 'TOTAL', isNumber: true, value: ({ counts }) => count(counts.total) },
      { title: 'DONE', isNumber: true, value: ({ counts }) => count(counts.completed) },
      { title: 'FAILED', isNumber: true, value: ({ counts }) => count(counts.failed) },
      { title: 'RUNNING', isNumber: true, isOptional: true, value: ({ counts }) => count(counts.running) },
      { title: 'CREATED', isOptional: true, value: ({ createdAt }) => ago(createdAt) },
      { title: 'ID', isOptional: true, value: ({ id }) => id },
    ])
  },
}

/** One batch in full. */
export const oneBatch: Printer<Batch> = {
  fields: batchList.fields,
  text: ([batch]) => (batch === undefined ? '' : lines(batch).join('\n')),
}

function lines(batch: Batch): string[] {
  const { id, code, queue, counts, lastInterruption, waitingFor, etaMs, ratePerSecond } = batch
  return [
    row('batch', code === id ? id : `${oneLine(code, 100)} (${id})`),
    row('queue', queue),
    row('state', stateText(batch, process.stdout) + (batch.sealed ? '' : ', takes more tasks')),
    row('tasks', countsText(batch)),
    row('created', ago(batch.createdAt)),
    ...(batch.finishedAt === null ? [] : [row('finished', ago(batch.finishedAt))]),
    ...(batch.state === 'active'
      ? [row('rate', `${rate(ratePerSecond)}${etaMs === null ? '' : `, about ${duration(etaMs)} left`}`)]
      : []),
    ...waitingFor.map(({ message }) => row('waits', oneLine(message, 200))),
    ...(lastInterruption === null
      ? []
      : [row('stopped', `${oneLine(lastInterruption.message, 200)} (${ago(lastInterruption.at)})`)]),
    ...(counts.total === 0 ? [] : batch.headroom.map((one) => row('criterion', headroomText(one)))),
  ]
}

function row(name: string, text: string): string {
  return namedLine(name, text, 10)
}

/** Tasks by state, without states that no task has. */
export function countsText({ counts }: Pick<Batch, 'counts'>): string {
  const { total, ...states } = counts
  const parts = Object.entries(states).filter(([, number]) => number > 0)
  return [`${count(total)} in all`, ...parts.map(([state, number]) => `${count(number)} ${state}`)].join(', ')
}

export function rate(perSecond: number): string {
  return perSecond >= 10 ? `${count(Math.round(perSecond))}/s` : `${perSecond.toFixed(1)}/s`
}

/** How near a batch is to stopping itself. */
export function headroomText({ criterion, value, threshold }: Batch['headroom'][number]): string {
  if (criterion === 'maxErrorRate') return `error rate ${percent(value)} of ${percent(threshold)}`
  if (criterion.endsWith('Ms')) return `${criterion} ${duration(value)} of ${duration(threshold)}`
  return `${criterion} ${count(value)} of ${count(threshold)}`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}
