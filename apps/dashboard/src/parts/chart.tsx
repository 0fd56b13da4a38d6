import type uPlot from 'uplot'
import { useEffect, useRef, useState } from 'preact/hooks'
import { clock } from '../data/clock.ts'
import { timeOfDay } from '../format/times.ts'
import type { Tone } from '../format/tones.ts'
import 'uplot/dist/uPlot.min.css'

/** A line of a chart. */
export interface Line {
  title: string
  tone: Tone
  values: readonly (number | null)[]
  /** Whether it is a bound that the others stay below. */
  isBound?: boolean
}

/** A moment at which something happened. */
export interface Mark {
  /** In ms. */
  at: number
  title: string
  tone: Tone
}

export interface ChartProps {
  title: string
  /** What the chart shows now, as a sentence: for those who do not see it, and for those in a hurry. */
  summary: string
  /** The moments of the values, in ms. */
  times: readonly number[]
  lines: readonly Line[]
  marks?: readonly Mark[]
  isLogarithmic?: boolean
  format: (value: number) => string
}

const HEIGHT = 160

const LOGARITHMIC = {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- a const enum of types alone, which no bundle has.
  distr: 3,
  // Whole decades, so that the lines do not fill the chart when they hardly differ.
  range: (_plot, min, max) => [10 ** Math.floor(Math.log10(min || 1)), 10 ** Math.ceil(Math.log10((max || 1) * 1.01))],
} as uPlot.Scale
const TABLE_ROWS = 20

/** Values over time, as lines or as a table. Charts of one page share the time under the pointer. */
export function Chart(props: ChartProps) {
  const [isTable, setTable] = useState(false)
  const { title, summary, lines, marks = [] } = props
  return (
    <figure class="card chart" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <button
          type="button"
          class="button"
          data-kind="quiet"
          aria-pressed={isTable}
          onClick={() => setTable(!isTable)}
        >
          {isTable ? 'Chart' : 'Table'}
        </button>
      </header>
      <ul class="legend">
        {lines.map((line) => (
          <li key={line.title} data-tone={line.tone} data-bound={line.isBound}>
            {line.title}
          </li>
        ))}
      </ul>
      {isTable ? <ValueTable {...props} /> : <Canvas {...props} />}
      <figcaption class="small soft">
        {summary}
        {marks.length > 0 && (
          <span class="sr-only"> {marks.map(({ at, title: what }) => `${what} at ${timeOfDay(at)}`).join(', ')}.</span>
        )}
      </figcaption>
    </figure>
  )
}

function ValueTable({ title, times, lines, format }: ChartProps) {
  const rows = times.map((at, index) => ({ at, index })).slice(-TABLE_ROWS)
  return (
    <div class="table-scroll chart-table" tabIndex={0} role="region" aria-label={`${title}: values`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map((line) => (
              <th key={line.title} scope="col">
                {line.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map(({ at, index }) => (
            <tr key={at}>
              <th scope="row">{timeOfDay(at)}</th>
              {lines.map((line) => (
                <td key={line.title}>{valueText(line.values[index], format)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function valueText(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value)
}

function Canvas(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const latest = useRef(props)
  latest.current = props
  const shape = JSON.stringify(props.lines.map(({ title, tone, isBound }) => [title, tone, isBound]))

  useEffect(() => {
    const { current: element } = host
    if (element === null) return
    let isGone = false
    const create = async () => {
      const { default: Plot } = await import('uplot')
      if (isGone) return
      plot.current?.destroy()
      plot.current = new Plot(optionsOf(latest, element), dataOf(latest.current), element)
    }
    void create()
    const stopWatching = watchLook(
      element,
      () => void create(),
      () => plot.current?.setSize(sizeOf(element)),
    )
    return () => {
      isGone = true
      stopWatching()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [shape, props.isLogarithmic])

  useEffect(() => plot.current?.setData(dataOf(props)))

  return <div class="chart-canvas" ref={host} role="img" aria-label={`${props.title}. ${props.summary}`} />
}

/** Calls back when the colours change, and when the width does. */
function watchLook(element: HTMLElement, onColours: () => void, onSize: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)')
  media.addEventListener('change', onColours)
  const themes = new MutationObserver(onColours)
  themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  const sizes = new ResizeObserver(onSize)
  sizes.observe(element)
  return () => {
    media.removeEventListener('change', onColours)
    themes.disconnect()
    sizes.disconnect()
  }
}

function sizeOf(element: HTMLElement) {
  return { width: element.clientWidth, height: HEIGHT }
}

function dataOf({ times, lines }: ChartProps): uPlot.AlignedData {
  return [times.map((at) => at / 1000), ...lines.map(({ values }) => [...values])]
}

function optionsOf(latest: { current: ChartProps }, element: HTMLElement): uPlot.Options {
  const { lines, isLogarithmic = false } = latest.current
  const axis = { stroke: colourOf(element, '--ink-faint'), grid: { stroke: colourOf(element, '--line'), width: 1 } }
  return {
    ...sizeOf(element),
    legend: { show: false },
    padding: [8, 24, 0, 0],
    cursor: { sync: { key: 'batch' }, drag: { x: false, y: false }, y: false },
    scales: {
      x: { time: true, range: ({ data: [times] }) => spanOf(times) },
      y: isLogarithmic ? LOGARITHMIC : { range: (_plot, _min, max) => [0, niceMaximum(max)] },
    },
    axes: [
      {
        ...axis,
        ticks: { show: false },
        font: fontOf(element),
        size: 28,
        space: 90,
        values: (plot, ticks) => ticks.map((at) => tickText(plot, at)),
      },
      {
        ...axis,
        ticks: { show: false },
        font: fontOf(element),
        size: 58,
        space: 36,
        ...(isLogarithmic && { splits: (_plot, _axis, min, max) => splitDecades(min, max) }),
        // A logarithmic axis leaves out some labels.
        values: (_plot, ticks) =>
          ticks.map((value: number | null) => (value === null ? '' : latest.current.format(value))),
      },
    ],
    series: [
      {},
      ...lines.map(({ title, tone, isBound = false }) => ({
        label: title,
        stroke: colourOf(element, `--${tone}-fill`),
        width: isBound ? 1.5 : 2,
        ...(isBound && { dash: [5, 4] }),
        points: { show: false },
        // Some moments lack some values: nothing was measured then.
        spanGaps: true,
      })),
    ],
    hooks: { draw: [(plot) => drawMarks(plot, latest.current.marks ?? [], element)] },
  }
}

const MINUTES_S = 600

const SHORTEST_S = 60

/** At least a minute: a chart that has just begun would repeat one time along its axis. */
function spanOf(times: ArrayLike<number>): [number, number] {
  const end = times[times.length - 1] ?? clock() / 1000
  return [Math.min(times[0] ?? end, end - SHORTEST_S), end]
}

/** 1, 2 and 5 of each decade. */
function splitDecades(min: number, max: number): number[] {
  const splits: number[] = []
  for (let decade = 10 ** Math.floor(Math.log10(min)); decade <= max; decade *= 10) {
    splits.push(...[1, 2, 5].map((digit) => digit * decade).filter((value) => value >= min && value <= max))
  }
  return splits
}

/** With seconds, if the chart shows less than ten minutes. */
function tickText({ scales }: uPlot, at: number): string {
  const { min = 0, max = 0 } = scales.x ?? {}
  const text = timeOfDay(at * 1000)
  return (max ?? 0) - (min ?? 0) < MINUTES_S ? text : text.slice(0, 5)
}

/** A quarter above the largest value, so that a line does not stick to the edge. */
function niceMaximum(max: number | null): number {
  return max === null || max <= 0 ? 1 : max * 1.25
}

const LABEL_GAP = 6

/** Draws a line for each mark, and its title where the one before leaves room. */
function drawMarks(plot: uPlot, marks: readonly Mark[], element: HTMLElement): void {
  const { ctx, bbox, scales } = plot
  const { min = null, max = null } = scales.x ?? {}
  if (min === null || max === null) return
  ctx.save()
  ctx.lineWidth = devicePixelRatio
  // The last line may have been dashed.
  ctx.setLineDash([])
  ctx.font = `${10 * devicePixelRatio}px ${getComputedStyle(element).fontFamily}`
  ctx.textBaseline = 'top'
  let labelsEnd = Number.NEGATIVE_INFINITY
  for (const { at, title, tone } of marks) {
    if (at / 1000 < min || at / 1000 > max) continue
    const x = Math.round(plot.valToPos(at / 1000, 'x', true))
    ctx.strokeStyle = colourOf(element, `--${tone}-fill`)
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const { width } = ctx.measureText(title)
    const isAtEdge = x + width + LABEL_GAP > bbox.left + bbox.width
    const from = isAtEdge ? x - width - LABEL_GAP / 2 : x + LABEL_GAP / 2
    if (from < labelsEnd + LABEL_GAP) continue
    ctx.fillStyle = colourOf(element, `--${tone}-ink`)
    ctx.fillText(title, from, bbox.top)
    labelsEnd = from + width
  }
  ctx.restore()
}

/** A colour of the theme as a canvas understands it. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function fontOf(element: HTMLElement): string {
  return `11px ${getComputedStyle(element).fontFamily}`
}
