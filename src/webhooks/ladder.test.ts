import { expect, test } from 'vitest'
import { MAX_ATTEMPTS, nextAttemptAt } from './ladder.ts'

test('each wait counts from the failure before it, and the eighth failure is the last', () => {
  const waits = Array.from({ length: MAX_ATTEMPTS }, (_, i) => nextAttemptAt(i + 1, 1000)).map((at) =>
    at === null ? null : (at - 1000) / 1000,
  )
  expect(waits).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 36_000, null])
})
