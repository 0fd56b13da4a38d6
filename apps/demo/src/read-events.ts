/** An event of a server-sent event stream. */
export interface StreamEvent {
  event: string
  data: string
}

/** Reads the server-sent events of a response. Comments are skipped. */
export async function* readEvents(response: Response): AsyncGenerator<StreamEvent> {
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parseBlock(block)
      if (event.data !== '') yield event
    }
  }
}

function parseBlock(block: string): StreamEvent {
  const lines = block.split('\n')
  const field = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart())
  return { event: field('event')[0] ?? 'message', data: field('data').join('\n') }
}
