import { expect, test } from 'vitest'
import { Turns, type EndTurn } from './turns.ts'

const start = (stuckMs: number) => {
  const time = { now: 0 }
  return { time, turns: new Turns({ clock: { now: () => time.now }, share: 2, slowShare: 1, stuckMs, slowMs: 5000 }) }
}

async function taken(turn: Promise<EndTurn | null>): Promise<EndTurn> {
  const end = await turn
  if (end === null) throw new Error('no turn')
  return end
}

test('an endpoint has its share, and the next waits for a turn to end', async () => {
  const { turns } = start(5000)
  const first = await taken(turns.take('a'))
  await taken(turns.take('a'))
  let hasThird = false
  const third = turns.take('a').then((end) => {
    hasThird = true
    return end
  })
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(hasThird).toBe(false)
  first()
  first()
  await taken(third)
  expect(hasThird).toBe(true)
})

test('an endpoint where nothing ends gives no turn, and others are not touched', async () => {
  const { time, turns } = start(250)
  const first = await taken(turns.take('stuck'))
  await taken(turns.take('stuck'))
  time.now = 251
  expect(await turns.take('stuck')).toBeNull()
  await taken(turns.take('other'))
  first()
  await taken(turns.take('stuck'))
})

test('who waits while nothing ends is sent away; who waits while sends end is not', async () => {
  const { time, turns } = start(20)
  const first = await taken(turns.take('a'))
  await taken(turns.take('a'))
  expect(await turns.take('a')).toBeNull()
  const second = turns.take('a')
  const third = turns.take('a')
  time.now = 1
  first()
  const end = await taken(second)
  await new Promise((resolve) => setTimeout(resolve, 25))
  time.now = 2
  end()
  await taken(third)
})

test('an endpoint that was slow has a smaller share until it is quick again, and nobody waits there', async () => {
  const { time, turns } = start(250)
  const first = await taken(turns.take('a'))
  const second = await taken(turns.take('a'))
  const third = turns.take('a')
  time.now = 15_000
  first()
  expect(await third).toBeNull()
  expect(await turns.take('a')).toBeNull()
  second()
  const probe = await taken(turns.take('a'))
  expect(await turns.take('a')).toBeNull()
  time.now = 15_100
  probe()
  await taken(turns.take('a'))
  await taken(turns.take('a'))
})
