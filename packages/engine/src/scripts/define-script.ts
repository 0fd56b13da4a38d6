import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'

type Operand = string | number

/** An encoded request: the named arguments, then a variable number of further ones. */
export interface Operands<Arg extends string> {
  args: Record<Arg, Operand>
  rest?: readonly Operand[]
}

/** Decodes the values that follow the word in one kind of reply. */
type Decode = (values: readonly unknown[]) => object

/** The union of all decoded replies of a script. Its discriminant is `kind`. */
type Decoded<Replies extends Record<string, Decode>> = {
  [Kind in keyof Replies]: { kind: Kind } & ReturnType<Replies[Kind]>
}[keyof Replies]

/** A Lua script with named operands, a typed request and a typed reply. */
export interface Script<Key extends string, Arg extends string, Request, Reply> {
  readonly name: string
  readonly source: string
  readonly sha1: string
  readonly keys: readonly Key[]
  readonly args: readonly Arg[]
  /** The name of the variable number of arguments that follow the named ones. */
  readonly rest: string | undefined
  /** The first words of its replies. */
  readonly kinds: readonly string[]
  /** Runs the script once. Throws `UnexpectedReplyError` for a reply without a decoder. */
  run(redis: RedisConnection, keys: Record<Key, string>, request: Request): Promise<Reply>
}

/** How often this process has called each script. */
const calls = new Map<string, number>()

/** How often this process has called each script, by name, for metrics. */
export function scriptCalls(): ReadonlyMap<string, number> {
  return calls
}

/** The reply of a script: a union whose discriminant is `kind`. */
export type ReplyOf<S extends { run(...args: never[]): Promise<unknown> }> = Awaited<ReturnType<S['run']>>

interface Definition<Key extends string, Arg extends string, Request, Replies extends Record<string, Decode>> {
  keys: readonly Key[]
  args: readonly Arg[]
  rest?: string
  /** Whether the script may write while Redis is full. Default false. */
  mayWriteWhenFull?: boolean
  /**
   * Whether each call sends the source, so that it takes effect on a Redis that lacks the script although its caller ends
   * before the reply. Default false: the hash is sent, and the source if Redis replies that it lacks the script.
   */
  sendsSource?: boolean
  encode: (request: Request) => Operands<NoInfer<Arg>>
  replies: Replies
}

/**
 * Loads `lua/<name>.lua` and binds it to named keys and arguments, so that callers do not depend on positions. The
 * script replies with an array whose first element is a word; `replies` contains a decoder for each word.
 */
export function defineScript<
  const Key extends string,
  const Arg extends string,
  Request,
  Replies extends Record<string, Decode>,
>(
  name: string,
  {
    keys,
    args,
    rest,
    mayWriteWhenFull = false,
    sendsSource = false,
    encode,
    replies,
  }: Definition<Key, Arg, Request, Replies>,
): Script<Key, Arg, Request, Decoded<Replies>> {
  const source = (mayWriteWhenFull ? '#!lua flags=allow-oom\n' : '') + loadSource(name)
  const sha1 = createHash('sha1').update(source).digest('hex')
  return {
    name,
    source,
    sha1,
    keys,
    args,
    rest,
    kinds: Object.keys(replies),
    async run(redis, keyValues, request) {
      const encoded = encode(request)
      const operands = [
        ...keys.map((key) => keyValues[key]),
        ...args.map((arg) => encoded.args[arg]),
        ...(encoded.rest ?? []),
      ]
      calls.set(name, (calls.get(name) ?? 0) + 1)
      return decodeReply(
        name,
        replies,
        await evaluate(redis, { source, sha1: sendsSource ? undefined : sha1, keyCount: keys.length, operands }),
      )
    },
  }
}

function decodeReply<Replies extends Record<string, Decode>>(
  script: string,
  replies: Replies,
  reply: unknown,
): Decoded<Replies> {
  const [kind, ...values] = Array.isArray(reply) ? (reply as unknown[]) : []
  const decode = typeof kind === 'string' && Object.hasOwn(replies, kind) ? replies[kind] : undefined
  if (!decode) throw new UnexpectedReplyError(script, reply)
  return { kind, ...decode(values) } as Decoded<Replies>
}

interface Evaluation {
  source: string
  /** Undefined: the source is sent at once. */
  sha1: string | undefined
  keyCount: number
  operands: readonly Operand[]
}

/** Runs a script by its hash. Sends the source if Redis has lost its script cache, which caches the script again. */
async function evaluate(redis: RedisConnection, { source, sha1, keyCount, operands }: Evaluation): Promise<unknown> {
  try {
    if (sha1 !== undefined) return await redis.evalsha(sha1, keyCount, ...operands)
  } catch (error) {
    if (!isScriptMissing(error)) throw withoutArguments(error)
  }
  try {
    return await redis.eval(source, keyCount, ...operands)
  } catch (error) {
    throw withoutArguments(error)
  }
}

const includeLine = /^--- @include "(lib\/[a-z-]+)"$/gm

/** Resolves includes. They are one level deep: a file in `lua/lib` includes no other. */
function loadSource(name: string): string {
  return readLua(name).replace(includeLine, (_line, library: string) => readLua(library))
}

function readLua(name: string): string {
  return readFileSync(new URL(`../../lua/${name}.lua`, import.meta.url), 'utf8')
}

/** Removes the command that ioredis attaches to errors: its arguments are up to 1 MB of payloads, not fit for logs. */
function withoutArguments(error: unknown): unknown {
  if (error instanceof Error && 'command' in error) delete error.command
  return error
}

function isScriptMissing(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
