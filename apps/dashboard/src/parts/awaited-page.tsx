import { Problem, Skeleton } from './notes.tsx'
import { PageHead } from './page-head.tsx'

/** What the page of an object shows until it has arrived: lines in its place, or why it does not arrive. */
export function AwaitedPage({ title, error }: { title: string; error: unknown }) {
  return (
    <>
      <PageHead title={title} />
      {error === undefined ? <Skeleton lines={8} /> : <Problem error={error} />}
    </>
  )
}
