import type { ComponentChildren } from 'preact'
import { describeError } from '../data/describe-error.ts'

/** What a list says that has no rows: why, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** What went wrong, in the words of the API. */
export function Problem({ error }: { error: unknown }) {
  const { title, detail, code, requestId } = describeError(error)
  return (
    <div class="problem" data-tone="failed" role="alert">
      <strong>{title}</strong>
      <span>{detail}</span>
      {code !== undefined && (
        <span class="small faint mono">
          {code} · request {requestId}
        </span>
      )}
    </div>
  )
}

/** Lines in the place of content that has not arrived, so that nothing moves when it does. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="stack" aria-busy="true">
      <span class="sr-only">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} class="skeleton" />
      ))}
    </div>
  )
}
