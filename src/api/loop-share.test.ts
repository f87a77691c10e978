import { expect, test } from 'vitest'
import { LoopShare } from './loop-share.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('what fits into a turn begins at once; the rest begins in order, some in each of the next turns', async () => {
  let now = 0
  const share = new LoopShare(() => now)
  const begun: number[] = []
  /** Each takes a millisecond to begin. */
  const request = (n: number): void => {
    const wait = share.take()
    const begin = (): void => {
      begun.push(n)
      now += 1
    }
    if (wait === null) begin()
    else void wait.then(begin)
  }
  for (let n = 0; n < 20; n++) request(n)
  expect(begun).toEqual([0, 1, 2])
  const perTurn: number[] = []
  while (begun.length < 20) {
    const before = begun.length
    await turn()
    perTurn.push(begun.length - before)
    expect(perTurn.length).toBeLessThan(20)
  }
  expect(begun).toEqual(Array.from({ length: 20 }, (_, n) => n))
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(4)
  // Nobody waits any more: the next begins at once, in a turn of its own.
  await turn()
  await turn()
  expect(share.take()).toBeNull()
})

test('who comes while others wait, waits behind them', async () => {
  let now = 0
  const share = new LoopShare(() => now)
  const begun: string[] = []
  expect(share.take()).toBeNull()
  now = 50
  void share.take()?.then(() => begun.push('first'))
  now = 0
  void share.take()?.then(() => begun.push('second'))
  await turn()
  await turn()
  expect(begun).toEqual(['first', 'second'])
})
