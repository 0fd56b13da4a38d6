import type { BatchReport } from '@sluice/client'
import { countsText, rate, stateText } from './batch-text.ts'
import type { Printer } from './print.ts'
import { renderTable } from './table.ts'
import { ago, count, duration, oneLine, terminalWidth, wrapped } from './words.ts'

/** A report for people. */
export const reportPrinter: Printer<BatchReport> = {
  fields: ['id', 'code', 'state', 'outcome', 'counts', 'durationMs', 'throughputPerSecond', 'retries', 'postponements'],
  text: ([report]) => (report === undefined ? '' : sections(report).join('\n\n')),
}

function sections(report: BatchReport): string[] {
  return [summary, times, errors, latest, stuck, stops].map((section) => section(report)).filter((text) => text !== '')
}

function summary(report: BatchReport): string {
  const { code, durationMs, throughputPerSecond, retries, postponements } = report
  const shares = percentages(report)
  const width = terminalWidth()
  const lines = [
    countsText(report),
    ...(shares === '' ? [] : [shares]),
    `${duration(durationMs)} at ${rate(throughputPerSecond)}`,
    `${count(retries)} attempts were repeated, ${count(postponements)} postponed by the upstream`,
    ...retried(report),
  ]
  // A state such as "completed (partial)" fits beside it.
  const head = `${oneLine(code, Math.max(8, (width ?? 100) - 24))}  ${stateText(report, process.stdout)}`
  return [head, ...(width === undefined ? lines : lines.flatMap((line) => wrapped(line, width)))].join('\n')
}

/** Tasks by state in percent of all tasks, without states that no task has. */
function percentages({ counts: { total, ...states } }: BatchReport): string {
  const parts = Object.entries(states).filter(([, number]) => number > 0)
  return parts.map(([state, number]) => `${((number / total) * 100).toFixed(1)} % ${state}`).join(', ')
}

/** The rate is that of tasks that have ended: the others may still go either way. */
function retried({ retriedTasks, retriedCompleted, retriedFailed }: BatchReport): string[] {
  if (retriedTasks === 0) return []
  const ended = retriedCompleted + retriedFailed
  const rateText =
    ended === 0 ? '' : `, which is ${((retriedCompleted / ended) * 100).toFixed(0)} % of those that have ended`
  return [`${count(retriedTasks)} tasks were retried; ${count(retriedCompleted)} of them completed${rateText}`]
}

function times({ executionMs, lifetimeMs }: BatchReport): string {
  const rows = [
    { name: 'one attempt', ...executionMs },
    { name: 'from submission to end', ...lifetimeMs },
  ]
  if (executionMs.count === 0) return ''
  const at = (title: 'min' | 'mean' | 'p50' | 'p90' | 'p99' | 'max') => ({
    title: title.toUpperCase(),
    isNumber: true,
    value: (row: (typeof rows)[number]) => duration(row[title]),
  })
  const columns = (['min', 'mean', 'p50', 'p90', 'p99', 'max'] as const).map(at)
  return renderTable(rows, [{ title: 'TIME', value: ({ name }) => name }, ...columns])
}

function errors({ errors: groups }: BatchReport): string {
  if (groups.length === 0) return ''
  return renderTable(groups, [
    { title: 'TIMES', isNumber: true, value: (group) => count(group.count) },
    { title: 'CLASS', value: ({ failureClass }) => failureClass },
    { title: 'STATUS', value: ({ status }) => status ?? '–' },
    { title: 'TASK', isNumber: true, value: ({ sampleSeq }) => sampleSeq },
    { title: 'ERROR', isLong: true, value: ({ message }) => oneLine(message, 200) },
  ])
}

const OUTCOME_TEXTS = { failed: 'failed', retry: 'runs again', postponed: 'postponed' } as const

function latest({ latestFailures }: BatchReport): string {
  if (latestFailures.length === 0) return ''
  return renderTable(latestFailures.slice(0, 10), [
    { title: 'LATEST', value: ({ at }) => ago(at) },
    { title: 'TASK', isNumber: true, value: ({ seq }) => seq },
    { title: 'THEN', value: ({ outcome }) => OUTCOME_TEXTS[outcome] },
    { title: 'CLASS', value: ({ failureClass }) => failureClass },
    { title: 'ERROR', isLong: true, value: ({ message }) => oneLine(message, 200) },
  ])
}

function stuck({ stuckTasks }: BatchReport): string {
  if (stuckTasks.length === 0) return ''
  return renderTable(stuckTasks, [
    { title: 'STUCK TASK', isNumber: true, value: ({ seq }) => seq },
    { title: 'RUNS FOR', isNumber: true, value: ({ runningForMs }) => duration(runningForMs) },
  ])
}

function stops({ interruptions }: BatchReport): string {
  if (interruptions.length === 0) return ''
  return renderTable(interruptions, [
    { title: 'STOPPED AT', value: ({ at }) => at.replace(/\.\d+/, '') },
    { title: 'WHY', isLong: true, value: ({ message }) => oneLine(message, 200) },
  ])
}
