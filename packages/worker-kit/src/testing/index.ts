export {
  testAttempt,
  type AbortedAttempt,
  type CompletedAttempt,
  type FailedAttempt,
  type TestAttemptOptions,
  type TestedAttempt,
} from './test-attempt.ts'
