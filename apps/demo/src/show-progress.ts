import type { Batch } from '@sluice/client'

/** Shows the progress of a batch: on a terminal one line that is redrawn, elsewhere a new line every two seconds. */
export interface Progress {
  show(batch: Batch): void
  end(batch: Batch): void
}

const BAR_WIDTH = 30
const LINE_EVERY_MS = 2000

/** Creates a progress display for an output stream. */
export function createProgress(out: { write(text: string): unknown; isTTY?: boolean }): Progress {
  let lastShown = 0

  function redraw(batch: Batch): void {
    out.write(`\r\u001B[2K  ${bar(batch.percent)} ${describe(batch)}`)
  }
  function writeLine(batch: Batch): void {
    lastShown = performance.now()
    out.write(`  ${describe(batch)}\n`)
  }

  if (out.isTTY) {
    return {
      show: redraw,
      end: (batch) => {
        redraw(batch)
        out.write('\n')
      },
    }
  }
  return {
    show: (batch) => {
      if (performance.now() - lastShown >= LINE_EVERY_MS) writeLine(batch)
    },
    end: writeLine,
  }
}

function bar(percent: number): string {
  const full = Math.round((percent / 100) * BAR_WIDTH)
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)
}

function describe({ percent, counts, ratePerSecond, etaMs, pausedUntil }: Batch): string {
  const { completed, failed, running, delayed, total } = counts
  const rest = pausedUntil === null ? '' : ' · paused at the request of the upstream'
  const eta = etaMs === null || percent === 100 ? '' : ` · ${Math.ceil(etaMs / 1000)} s left`
  const parts = `${completed} completed, ${failed} failed, ${running} running, ${delayed} waiting for a retry`
  return `${percent.toFixed(1).padStart(5)}% of ${total} · ${parts} · ${Math.round(ratePerSecond)}/s${eta}${rest}`
}
