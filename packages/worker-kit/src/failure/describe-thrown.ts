import { inspect } from 'node:util'
import { readProperty, readText } from './read-property.ts'

/** The description of a failure. */
export interface ThrownDescription {
  /** At most 2,000 characters, never empty. */
  message: string
  /** The error's name, such as `TypeError`. */
  name?: string | undefined
  /** At most 4,000 characters. */
  stack?: string | undefined
}

const MAX_MESSAGE_LENGTH = 2_000
const MAX_STACK_LENGTH = 4_000
const MAX_NAME_LENGTH = 100
const MAX_CAUSES = 3
/** Promise.any over a thousand calls collects a thousand errors; the first few are enough. */
const MAX_AGGREGATED = 5

/** Describes a thrown value. Never throws, and runs no code of the value except its getters. */
export function describeThrown(thrown: unknown): ThrownDescription {
  const name = readText(thrown, 'name')
  const stack = readText(thrown, 'stack')
  const message = messageOf(thrown, MAX_CAUSES) ?? (name === undefined ? show(thrown) : `${name} without a message`)
  return {
    message: cut(message, MAX_MESSAGE_LENGTH),
    name: name && cut(name, MAX_NAME_LENGTH),
    stack: stack && cut(stack, MAX_STACK_LENGTH),
  }
}

/** The message and the messages of its causes: "fetch failed" alone does not say that the name cannot be resolved. */
function messageOf(thrown: unknown, causesLeft: number): string | undefined {
  if (typeof thrown === 'string') return thrown === '' ? undefined : thrown
  const own = ownMessage(thrown) ?? aggregatedMessage(thrown, causesLeft)
  const cause = causesLeft > 0 ? readProperty(thrown, 'cause') : undefined
  const causeMessage = cause === undefined ? undefined : messageOf(cause, causesLeft - 1)
  if (own === undefined || causeMessage === undefined || own.includes(causeMessage)) return own ?? causeMessage
  return `${own}: ${causeMessage}`
}

function ownMessage(thrown: unknown): string | undefined {
  const message = readProperty(thrown, 'message')
  if (message === undefined || message === null || message === '') return undefined
  return typeof message === 'string' ? message : show(message)
}

/**
 * If a connection to several addresses fails, Node leaves the message empty and puts it into the error of each address.
 */
function aggregatedMessage(thrown: unknown, causesLeft: number): string | undefined {
  if (causesLeft === 0) return undefined
  const messages = aggregatedErrors(thrown).map((error) => messageOf(error, causesLeft - 1) ?? show(error))
  return messages.length === 0 ? undefined : messages.join('; ')
}

/** The first few errors of an AggregateError. */
export function aggregatedErrors(thrown: unknown): unknown[] {
  const errors = readProperty(thrown, 'errors')
  try {
    return Array.isArray(errors) ? errors.slice(0, MAX_AGGREGATED) : []
  } catch {
    return []
  }
}

function show(value: unknown): string {
  try {
    return inspect(value, {
      depth: 2,
      maxArrayLength: 20,
      maxStringLength: 500,
      breakLength: Infinity,
      customInspect: false,
    })
  } catch {
    return 'a value that cannot be displayed'
  }
}

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`.toWellFormed()
}
