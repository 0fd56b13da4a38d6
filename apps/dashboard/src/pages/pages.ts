import { BatchPage } from './batch/batch-page.tsx'
import { BatchesPage } from './batches/batches-page.tsx'
import { OverviewPage } from './overview/overview-page.tsx'
import type { Page } from './page.ts'

/** All pages, in the order of the navigation. */
export const pages: readonly Page[] = [
  { paths: [''], title: 'Overview', permission: 'batches:read', icon: 'overview', component: OverviewPage },
  { paths: ['batches'], title: 'Batches', permission: 'batches:read', icon: 'batches', component: BatchesPage },
  {
    paths: ['batches/:id', 'batches/:id/:tab'],
    title: 'Batch',
    parent: { path: 'batches', title: 'Batches' },
    permission: 'batches:read',
    component: BatchPage,
  },
]
