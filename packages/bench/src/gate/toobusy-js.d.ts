declare module 'toobusy-js' {
  interface TooBusy {
    (): boolean
    maxLag(ms: number): number
    interval(ms: number): number
    shutdown(): void
  }
  const toobusy: TooBusy
  export default toobusy
}
