import { expect, test } from 'vitest'
import { Turns, type EndTurn } from './turns.ts'

const start = (slowMs: number) => {
  const time = { now: 0 }
  return { time, turns: new Turns({ clock: { now: () => time.now }, share: 2, slowMs }) }
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

test('a slow endpoint gives no turn, and others are not touched', async () => {
  const { time, turns } = start(1000)
  const first = await taken(turns.take('slow'))
  await taken(turns.take('slow'))
  time.now = 1001
  expect(await turns.take('slow')).toBeNull()
  await taken(turns.take('other'))
  first()
  await taken(turns.take('slow'))
})

test('nobody waits longer than the limit for a turn', async () => {
  const { turns } = start(10)
  const first = await taken(turns.take('a'))
  await taken(turns.take('a'))
  expect(await turns.take('a')).toBeNull()
  first()
  await taken(turns.take('a'))
})
