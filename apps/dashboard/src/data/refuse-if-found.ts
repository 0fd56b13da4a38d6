import { ApiError } from '@sluice/client'
import { PageRefusal } from './describe-error.ts'

/** Refuses to create what exists: creating it again would replace its settings. */
export async function refuseIfFound(message: string, read: () => PromiseLike<unknown>): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return
    throw error
  }
  throw new PageRefusal(message)
}
