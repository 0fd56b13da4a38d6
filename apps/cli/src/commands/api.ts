import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { CommandError, exitCodeOfStatus, UsageError } from '../exit-codes.ts'
import { write } from '../output/print.ts'
import { parseJson } from './arguments.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Adds `sluice api`. */
export function addApiCommand(program: Command): void {
  const api = program
    .command('api <method> <path>')
    .description('Makes any request of the REST API, with your key, and prints its answer as it is.')
    .option('--data <json>', 'body, or @file')
    .action(async (method: string, path: string, { data }: { data?: string }) => {
      await request(api, { method: method.toUpperCase(), path, data })
    })
}

async function request(
  command: Command,
  { method, path, data }: { method: string; path: string; data?: string | undefined },
) {
  if (!METHODS.includes(method))
    throw new UsageError(`The method must be one of ${METHODS.join(', ')}; it is ${method}.`)
  if (!path.startsWith('/'))
    throw new UsageError(`The path must begin with a slash, such as /v1/batches; it is ${path}.`)
  const body = data === undefined ? undefined : JSON.stringify(parseJson(data))
  const response = await contextOf(command).send(method, path, body)
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) await write(text)
  if (!response.ok) throw new CommandError('', exitCodeOfStatus(response.status))
}
