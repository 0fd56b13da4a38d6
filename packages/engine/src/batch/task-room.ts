import type { Engine } from '../engine.ts'
import { QuotaReachedError } from '../errors.ts'
import { indexBatch } from './index-batch.ts'
import type { TenantQuotas } from '../model/tenant.ts'
import { readTenantUsage } from '../tenant/read-tenant.ts'
import { findTenantQuotas } from '../tenant/tenant-quotas.ts'

/** Where the tasks of an append go. */
export interface TaskIntake {
  batchId: string
  tenant: string
  /** Whether the batch is a draft, which is filed when it is published. */
  isDraft: boolean
}

/** The room that the quotas of a tenant leave for the tasks of one append. */
export interface TaskRoom {
  /** Throws `QuotaReachedError` unless there is room for envelopes. */
  check(envelopes: readonly string[]): Promise<void>
  /** Counts envelopes that were appended. */
  file(envelopes: readonly string[]): Promise<void>
}

const UNBOUNDED: TaskRoom = { check: async () => {}, file: async () => {} }

/**
 * Opens the room for an append. A tenant without quotas of tasks and bytes has any. Otherwise each chunk is compared with
 * what is filed, and filed as soon as it is appended: appends that run at the same time may together exceed a quota by one
 * chunk each. Publication decides for a draft.
 */
export async function openTaskRoom(engine: Engine, intake: TaskIntake): Promise<TaskRoom> {
  const quotas = await findTenantQuotas(engine, intake.tenant)
  if (quotas?.maxTasks === undefined && quotas?.maxBytes === undefined) return UNBOUNDED
  return intake.isDraft ? roomOfDraft(engine, intake, quotas) : roomOfBatch(engine, intake, quotas)
}

function roomOfBatch(engine: Engine, { batchId, tenant }: TaskIntake, quotas: TenantQuotas): TaskRoom {
  return {
    check: async (envelopes) => compare(quotas, await readTenantUsage(engine, tenant), sizeOf(envelopes)),
    file: async () => void (await indexBatch(engine, batchId)),
  }
}

/** What a draft holds is not part of the usage yet. */
function roomOfDraft(engine: Engine, { tenant }: TaskIntake, quotas: TenantQuotas): TaskRoom {
  let own: Held = { tasks: 0, bytes: 0 }
  return {
    check: async (envelopes) => compare(quotas, await readTenantUsage(engine, tenant), sum(own, sizeOf(envelopes))),
    file: async (envelopes) => void (own = sum(own, sizeOf(envelopes))),
  }
}

interface Held {
  tasks: number
  bytes: number
}

function sizeOf(envelopes: readonly string[]): Held {
  return {
    tasks: envelopes.length,
    bytes: envelopes.reduce((bytes, envelope) => bytes + Buffer.byteLength(envelope), 0),
  }
}

function sum(a: Held, b: Held): Held {
  return { tasks: a.tasks + b.tasks, bytes: a.bytes + b.bytes }
}

function compare({ maxTasks = Infinity, maxBytes = Infinity }: TenantQuotas, used: Held, added: Held): void {
  if (used.tasks + added.tasks > maxTasks) throw new QuotaReachedError('maxTasks', used.tasks, maxTasks)
  if (used.bytes + added.bytes > maxBytes) throw new QuotaReachedError('maxBytes', used.bytes, maxBytes)
}
