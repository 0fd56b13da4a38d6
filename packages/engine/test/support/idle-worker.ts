/** What a worker announces that runs nothing. */
export const IDLE = {
  profile: { host: 'machine', pid: 7, version: '0.1.0', concurrency: 50, startedAt: 1000 },
  load: { running: 0, tickets: {} },
}
