import type { BatchReport } from '@sluice/client'
import { countsText, rate, stateText } from './batch-text.ts'
import type { Printer } from './print.ts'
import { renderTable } from './table.ts'
import { count, duration, oneLine } from './words.ts'

/** A report for people. */
export const reportPrinter: Printer<BatchReport> = {
  fields: ['id', 'code', 'state', 'outcome', 'counts', 'durationMs', 'throughputPerSecond', 'retries', 'postponements'],
  text: ([report]) => (report === undefined ? '' : sections(report).join('\n\n')),
}

function sections(report: BatchReport): string[] {
  return [summary(report), times(report), errors(report), stuck(report), stops(report)].filter((text) => text !== '')
}

function summary(report: BatchReport): string {
  const { code, durationMs, throughputPerSecond, retries, postponements } = report
  return [
    `${oneLine(code, 100)}  ${stateText(report, process.stdout)}`,
    countsText(report),
    `${duration(durationMs)} at ${rate(throughputPerSecond)}`,
    `${count(retries)} attempts were repeated, ${count(postponements)} postponed by the upstream`,
  ].join('\n')
}

function times({ executionMs, lifetimeMs }: BatchReport): string {
  const rows = [
    { name: 'one attempt', ...executionMs },
    { name: 'from submission to end', ...lifetimeMs },
  ]
  if (executionMs.count === 0) return ''
  const at = (title: 'p50' | 'p90' | 'p99' | 'max') => ({
    title: title.toUpperCase(),
    isNumber: true,
    value: (row: (typeof rows)[number]) => duration(row[title]),
  })
  return renderTable(rows, [{ title: 'TIME', value: ({ name }) => name }, at('p50'), at('p90'), at('p99'), at('max')])
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
    { title: 'STOPPED AT', value: ({ at }) => at },
    { title: 'REASON', value: ({ reason }) => reason },
    { title: 'WHY', isLong: true, value: ({ message }) => oneLine(message, 200) },
  ])
}
