import { effect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { findIdentity, identity, may } from './data/session.ts'
import { Frame } from './frame/frame.tsx'
import { onKey } from './frame/keyboard.ts'
import { SignIn } from './frame/sign-in.tsx'
import { NotFoundPage } from './pages/not-found-page.tsx'
import type { Page } from './pages/page.ts'
import { pages } from './pages/pages.ts'
import { say } from './parts/toasts.tsx'
import { followLinks, path } from './routing/location.ts'
import { matchPath } from './routing/match-path.ts'
import { openPages } from './routing/open-pages.ts'

effect(() => {
  const open = pages.filter(({ permission }) => may(permission))
  openPages.value = new Set(open.map(({ paths: [first] }) => first.split('/')[0] ?? ''))
})

/** An API that allows anonymous clients serves a browser whose session has ended, too. */
let hadSession = false
effect(() => {
  const { value } = identity
  if (value.kind !== 'signed_in') return
  const hasSession = value.session.kind !== 'anonymous'
  if (hadSession && !hasSession) say('Your session has ended. The page goes on without one.', 'interrupted')
  hadSession = hasSession
})

/** The dashboard: who uses it, and the page that its address names. */
export function App() {
  useEffect(() => {
    void findIdentity()
    document.addEventListener('click', followLinks)
    document.addEventListener('keydown', onKey)
  }, [])
  const { value } = identity
  if (value.kind === 'unknown') return null
  if (value.kind === 'signed_out') return <SignIn />

  const permitted = pages.filter(({ permission }) => may(permission))
  const found = findPage(permitted)
  return (
    <Frame session={value.session} entries={permitted.flatMap(navEntryOf)} parent={found?.page.parent}>
      {found === undefined ? (
        <NotFoundPage />
      ) : (
        <found.page.component key={found.page.paths[0]} params={found.params} />
      )}
    </Frame>
  )
}

function findPage(permitted: readonly Page[]): { page: Page; params: Record<string, string> } | undefined {
  for (const page of permitted) {
    for (const pattern of page.paths) {
      const params = matchPath(pattern, path.value)
      if (params !== undefined) return { page, params }
    }
  }
  return undefined
}

function navEntryOf({ paths: [to], title, icon }: Page) {
  return icon === undefined ? [] : [{ path: to, title, icon }]
}
