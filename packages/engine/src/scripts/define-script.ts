import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RedisConnection } from '../connect-redis.ts'

/** A Lua script together with the names of the keys and arguments it takes, in order. */
export interface Script<Key extends string, Arg extends string> {
  readonly name: string
  readonly source: string
  readonly sha1: string
  readonly keys: readonly Key[]
  readonly args: readonly Arg[]
  /** The name of the arguments of variable number that follow the others. */
  readonly rest: string | undefined
  run(
    redis: RedisConnection,
    keys: Record<Key, string>,
    args: Record<Arg, string | number>,
    rest?: readonly (string | number)[],
  ): Promise<unknown>
}

/**
 * Loads `lua/<name>.lua` and binds it to named keys and arguments, so that no caller counts positions. The reply is
 * `unknown` on purpose: each script's own module decodes it.
 */
export function defineScript<const Key extends string, const Arg extends string>(
  name: string,
  { keys, args, rest }: { keys: readonly Key[]; args: readonly Arg[]; rest?: string },
): Script<Key, Arg> {
  const source = loadSource(name)
  const sha1 = createHash('sha1').update(source).digest('hex')

  return {
    name,
    source,
    sha1,
    keys,
    args,
    rest,
    async run(redis, keyValues, argValues, restValues = []) {
      const operands = [...keys.map((key) => keyValues[key]), ...args.map((arg) => argValues[arg]), ...restValues]
      try {
        return await redis.evalsha(sha1, keys.length, ...operands)
      } catch (error) {
        if (!isScriptMissing(error)) throw withoutArguments(error)
      }
      try {
        return await redis.eval(source, keys.length, ...operands)
      } catch (error) {
        throw withoutArguments(error)
      }
    },
  }
}

const includeLine = /^--- @include "(lib\/[a-z-]+)"$/gm

/** Includes are one level deep: a file in `lua/lib` includes nothing. */
function loadSource(name: string): string {
  return readLua(name).replace(includeLine, (_line, library: string) => readLua(library))
}

function readLua(name: string): string {
  return readFileSync(new URL(`../../lua/${name}.lua`, import.meta.url), 'utf8')
}

/** Errors of ioredis carry the command with its arguments: payloads, a megabyte of them, which belong in no log. */
function withoutArguments(error: unknown): unknown {
  if (error instanceof Error && 'command' in error) delete error.command
  return error
}

/** True after Redis restarts or runs SCRIPT FLUSH; sending the source once restores the cache. */
function isScriptMissing(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
