import type { Permission } from '@sluice/client'
import type { ComponentType } from 'preact'
import type { IconName } from '../parts/icon.tsx'

/** What a page gets: the parameters of its path. */
export interface PageProps {
  params: Readonly<Record<string, string>>
}

/** A page of the dashboard. */
export interface Page {
  /** Its paths under the base, with parameters as `:id`. The first one is in the navigation. */
  paths: readonly [string, ...string[]]
  title: string
  /** The page that it belongs to, by its path and title. */
  parent?: { path: string; title: string }
  /** Who may not do this does not see the page. */
  permission: Permission
  /** Its entry in the navigation. Absent: it is reached from another page. */
  icon?: IconName
  component: ComponentType<PageProps>
}
