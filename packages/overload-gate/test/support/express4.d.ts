/** Express 4 under a name of its own, beside Express 5. The types of Express 5 fit what the tests use of it. */
declare module 'express4' {
  export { default } from 'express'
}
