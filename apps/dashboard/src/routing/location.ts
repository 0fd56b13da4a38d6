import { computed, signal } from '@preact/signals'

/** Where the page lies: the `<base>` that the API has put into it. It ends in a slash. */
const base = new URL('.', document.baseURI)

/** The root of the API's paths, without a slash at its end: what comes before `/ui/`. */
export const apiRoot = new URL('..', base).href.replace(/\/$/, '')

/** A proxy may lead to the page under another path. */
if (!location.pathname.startsWith(base.pathname)) history.replaceState(undefined, '', base)

const href = signal(location.href)

/** The path of the page, relative to its base, without a slash in front or at its end. Empty: the first page. */
export const path = computed(() => pathOf(href.value))

/** The query of the page. */
export const query = computed(() => new URL(href.value).searchParams)

addEventListener('popstate', () => {
  href.value = location.href
})

function pathOf(address: string): string {
  const { pathname } = new URL(address)
  const below = pathname.startsWith(base.pathname) ? pathname.slice(base.pathname.length) : ''
  return below.replace(/\/+$/, '')
}

/** Opens a page. Its address is relative to the base: `batches/123`. */
export function navigate(to: string, { replace = false } = {}): void {
  const target = new URL(to, base).href
  if (target === href.value) return
  const isOtherPage = pathOf(target) !== path.value
  if (replace) history.replaceState(undefined, '', target)
  else history.pushState(undefined, '', target)
  href.value = target
  if (isOtherPage) scrollTo(0, 0)
}

/** What changes of the query. An empty value removes its name. */
type QueryChange = Readonly<Record<string, string | undefined>>

/** The address of this page with another query. */
export function withQuery(change: QueryChange): string {
  const next = new URLSearchParams(query.value)
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.toString()
  return `${path.value}${text === '' ? '' : `?${text}`}`
}

/** Changes the query and keeps the path. */
export function setQuery(change: QueryChange, options = { replace: true }): void {
  navigate(withQuery(change), options)
}

/** Opens the page's own links without loading the page again. The browser keeps clicks that open tabs or windows. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return
  const link = (event.target as Element).closest('a')
  if (link === null || link.target !== '' || link.hasAttribute('download') || !isOwn(link.href)) return
  event.preventDefault()
  navigate(link.href)
}

function isOwn(address: string): boolean {
  const { origin, pathname } = new URL(address)
  return origin === base.origin && pathname.startsWith(base.pathname)
}
