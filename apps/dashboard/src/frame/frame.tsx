import { useSignal } from '@preact/signals'
import type { Session } from '@sluice/client'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { signOut } from '../data/session.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Toasts } from '../parts/toasts.tsx'
import { path } from '../routing/location.ts'
import icon from '../icon.svg'
import { HelpDialog } from './help-dialog.tsx'
import { isHelpOpen } from './keyboard.ts'
import { LiveState } from './live-state.tsx'
import { changeTheme, theme } from './theme.ts'

/** An entry of the navigation. */
export interface NavEntry {
  /** The first segment of the paths that it stands for. */
  path: string
  title: string
  icon: IconName
}

/** What surrounds every page: navigation, whether the page is up to date, and who is signed in. */
export function Frame({
  session,
  entries,
  parent,
  children,
}: {
  session: Session
  entries: readonly NavEntry[]
  /** The page that this one belongs to. */
  parent: { path: string; title: string } | undefined
  children: ComponentChildren
}) {
  const isNavOpen = useSignal(false)
  useEffect(() => {
    isNavOpen.value = false
  }, [path.value, isNavOpen])

  return (
    <div class="frame">
      <Nav session={session} entries={entries} isOpen={isNavOpen.value} />
      <div class="main">
        <header class="top">
          <button
            type="button"
            class="button icon-button menu-button"
            data-kind="quiet"
            aria-label="Navigation"
            aria-expanded={isNavOpen.value}
            onClick={() => {
              isNavOpen.value = !isNavOpen.value
            }}
          >
            <Icon name="menu" />
          </button>
          <div class="parent">
            {parent && (
              <a href={parent.path}>
                <Icon name="back" /> {parent.title}
              </a>
            )}
          </div>
          <LiveState />
          <TopButtons />
        </header>
        <main class="page">{children}</main>
      </div>
      <HelpDialog />
      <Toasts />
    </div>
  )
}

function TopButtons() {
  return (
    <>
      <button
        type="button"
        class="button icon-button"
        data-kind="quiet"
        aria-label={`Theme: ${theme.value}`}
        title={`Theme: ${theme.value} (t)`}
        onClick={changeTheme}
      >
        <Icon name="theme" />
      </button>
      <button
        type="button"
        class="button icon-button"
        data-kind="quiet"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => {
          isHelpOpen.value = true
        }}
      >
        <Icon name="help" />
      </button>
    </>
  )
}

function Nav({ session, entries, isOpen }: { session: Session; entries: readonly NavEntry[]; isOpen: boolean }) {
  const current = path.value.split('/')[0]
  return (
    <nav class="nav" aria-label="Pages" data-open={isOpen}>
      <a class="brand" href="./">
        <img src={icon} alt="" /> Sluice
      </a>
      {entries.map((entry) => (
        <a
          key={entry.path}
          class="nav-link"
          href={entry.path === '' ? './' : entry.path}
          aria-current={current === entry.path ? 'page' : undefined}
        >
          <Icon name={entry.icon} /> {entry.title}
        </a>
      ))}
      <div class="nav-end">
        <Identity session={session} />
      </div>
    </nav>
  )
}

function Identity({ session: { kind, name, role } }: { session: Session }) {
  if (kind === 'anonymous') {
    return <p class="faint">Anyone who can reach this API may do everything: it allows anonymous clients.</p>
  }
  return (
    <>
      <p>
        <span class="clip">{name}</span> <span class="faint">{role}</span>
      </p>
      <button type="button" class="button" onClick={() => void signOut()}>
        Sign out
      </button>
    </>
  )
}
