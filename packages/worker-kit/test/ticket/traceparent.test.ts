import { expect, test } from 'vitest'
import { newSpanIn } from '../../src/ticket/traceparent.ts'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'

test('a new span has the trace id, a span id of its own, and the flags that are defined', () => {
  const spans = ['00', '01', '03', 'ff'].map((flags) => newSpanIn(`00-${TRACE_ID}-00f067aa0ba902b7-${flags}`))

  for (const span of spans) expect(span).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-0[013]$`))
  expect(spans.map((span) => span.slice(-2))).toEqual(['00', '01', '03', '03'])
  expect(new Set(spans.map((span) => span.split('-')[2])).size).toBe(4)
  expect(spans.join(' ')).not.toContain('00f067aa0ba902b7')
})
