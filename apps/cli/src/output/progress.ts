import type { Batch } from '@sluice/client'
import { headroomText, rate, stateText } from './batch-text.ts'
import { colour, count, duration, oneLine, wrapped } from './words.ts'

/** Shows how a batch goes on. */
export interface Progress {
  show: (batch: Batch) => void
  /** Shows the last state, and leaves the terminal as it was. */
  end: () => void
}

/** A live picture on a terminal, a line now and then elsewhere, or nothing. Both go to stderr: stdout is for data. */
export async function createProgress(isQuiet: boolean, stream: NodeJS.WriteStream = process.stderr): Promise<Progress> {
  if (isQuiet) return { show: () => {}, end: () => {} }
  // A terminal that is too low would show nothing of the picture.
  return stream.isTTY && stream.rows >= LEAST_ROWS ? await liveProgress(stream) : plainProgress(stream)
}

const LEAST_ROWS = 8

async function liveProgress(stream: NodeJS.WriteStream): Promise<Progress> {
  // Loading it takes as long as most of the other modules together.
  const { createLogUpdate } = await import('log-update')
  const update = createLogUpdate(stream)
  let latest: Batch | undefined
  const draw = () => {
    if (latest) update(picture(latest, stream).join('\n'))
  }
  stream.on('resize', draw)
  return {
    show: (batch) => {
      latest = batch
      draw()
    },
    end: () => {
      stream.off('resize', draw)
      draw()
      update.done()
    },
  }
}

const LINE_EVERY_MS = 10_000
const LINE_EVERY_PERCENT = 5

function plainProgress(stream: NodeJS.WriteStream): Progress {
  let shown: { at: number; percent: number; state: string } | undefined
  return {
    show: (batch) => {
      const { state, percent } = batch
      const isDue =
        shown === undefined ||
        shown.state !== state ||
        Date.now() - shown.at >= LINE_EVERY_MS ||
        percent - shown.percent >= LINE_EVERY_PERCENT
      if (!isDue) return
      shown = { at: Date.now(), percent, state }
      stream.write(`${plainLine(batch)}\n`)
    },
    end: () => {},
  }
}

/** A batch in one line without colours. */
function plainLine({ code, state, percent, counts, ratePerSecond, etaMs }: Batch): string {
  const left = etaMs === null || state !== 'active' ? '' : `, about ${duration(etaMs)} left`
  return (
    `${oneLine(code, 60)}: ${state}, ${Math.floor(percent)} % of ${count(counts.total)} tasks, ` +
    `${count(counts.completed)} completed, ${count(counts.failed)} failed, ${rate(ratePerSecond)}${left}`
  )
}

/** A batch in a few lines that fit the width of a terminal. Why it was interrupted is the command's last word. */
function picture(batch: Batch, stream: NodeJS.WriteStream): string[] {
  const { code, counts, percent, ratePerSecond, etaMs, state, waitingFor } = batch
  const width = Math.max(20, (stream.columns || 80) - 1)
  const left = etaMs === null || state !== 'active' ? '' : ` · ${duration(etaMs)} left`
  const finished = counts.completed + counts.failed + counts.cancelled
  const head = `${count(finished)} of ${count(counts.total)} · ${rate(ratePerSecond)}${left}`
  const lines = [
    `${oneLine(code, Math.max(8, width - 24))}  ${stateText(batch, stream)}`,
    `${bar(batch, Math.min(60, width - 6), stream)} ${Math.floor(percent)} %`,
    oneLine(head, width),
    oneLine(
      `${count(counts.completed)} completed, ${count(counts.failed)} failed, ${count(counts.running)} running`,
      width,
    ),
  ]
  const coloured = (text: string) => wrapped(text, width).map((line) => colour('yellow', line, stream))
  const nearest = nearestCriterion(batch)
  if (nearest !== undefined) lines.push(colour('dim', oneLine(headroomText(nearest), width), stream))
  if (state === 'active') for (const { message } of waitingFor) lines.push(...coloured(message))
  return lines
}

/** Completed and failed tasks, as shares of all. */
function bar({ counts }: Batch, width: number, stream: NodeJS.WriteStream): string {
  const share = (number: number) => (counts.total === 0 ? 0 : (number / counts.total) * width)
  const completed = Math.floor(share(counts.completed))
  const failed = Math.min(width - completed, Math.ceil(share(counts.failed)))
  const rest = width - completed - failed
  return (
    colour('green', '█'.repeat(completed), stream) +
    colour('red', '▓'.repeat(failed), stream) +
    colour('dim', '░'.repeat(Math.max(0, rest)), stream)
  )
}

/** The criterion that is nearest to stopping the batch. */
function nearestCriterion({ headroom }: Batch): Batch['headroom'][number] | undefined {
  return headroom
    .filter(({ threshold, value }) => threshold > 0 && value > 0)
    .toSorted((a, b) => b.value / b.threshold - a.value / a.threshold)[0]
}
