import { AuditPage } from './audit/audit-page.tsx'
import { BatchPage } from './batch/batch-page.tsx'
import { BatchesPage } from './batches/batches-page.tsx'
import { DetectionPage } from './detections/detection-page.tsx'
import { DetectionsPage } from './detections/detections-page.tsx'
import { KeysPage } from './keys/keys-page.tsx'
import { LimitPage } from './limits/limit-page.tsx'
import { LimitsPage } from './limits/limits-page.tsx'
import { OverviewPage } from './overview/overview-page.tsx'
import type { Page } from './page.ts'
import { QueuePage } from './queues/queue-page.tsx'
import { QueuesPage } from './queues/queues-page.tsx'
import { SessionsPage } from './sessions/sessions-page.tsx'
import { SystemPage } from './system/system-page.tsx'
import { TenantsPage } from './tenants/tenants-page.tsx'
import { WorkersPage } from './workers/workers-page.tsx'

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
  { paths: ['queues'], title: 'Queues', permission: 'queues:read', icon: 'queues', component: QueuesPage },
  {
    paths: ['queues/:name'],
    title: 'Queue',
    parent: { path: 'queues', title: 'Queues' },
    permission: 'queues:read',
    component: QueuePage,
  },
  { paths: ['limits'], title: 'Limits', permission: 'limits:read', icon: 'limits', component: LimitsPage },
  {
    paths: ['limits/:name'],
    title: 'Limit',
    parent: { path: 'limits', title: 'Limits' },
    permission: 'limits:read',
    component: LimitPage,
  },
  { paths: ['workers'], title: 'Workers', permission: 'workers:read', icon: 'workers', component: WorkersPage },
  {
    paths: ['detections'],
    title: 'Detections',
    permission: 'detections:read',
    icon: 'detections',
    component: DetectionsPage,
  },
  {
    paths: ['detections/:id'],
    title: 'Detection',
    parent: { path: 'detections', title: 'Detections' },
    permission: 'detections:read',
    component: DetectionPage,
  },
  { paths: ['keys'], title: 'API keys', permission: 'keys:read', icon: 'keys', component: KeysPage },
  { paths: ['sessions'], title: 'Sessions', permission: 'session:read', icon: 'sessions', component: SessionsPage },
  { paths: ['tenants'], title: 'Tenants', permission: 'tenants:read', icon: 'tenants', component: TenantsPage },
  { paths: ['audit'], title: 'Audit log', permission: 'audit:read', icon: 'audit', component: AuditPage },
  { paths: ['system'], title: 'System', permission: 'system:read', icon: 'system', component: SystemPage },
]
