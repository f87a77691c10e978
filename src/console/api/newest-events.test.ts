import { expect, test } from 'vitest'
import { eventsBefore, newestSpan, type AskEvents } from './newest-events.ts'
import type { SeamEvent } from './routes.ts'

const NOW = Date.UTC(2030, 4, 1)
const OLDEST = Date.UTC(2028, 0, 1)

/** A server with events at these times, as the API lists them: ends exclusive, oldest first, at most `limit`. */
function serverWith(times: number[]): { ask: AskEvents; asked: () => number } {
  const sorted = times.map((at, index) => ({ at, id: String(index) })).sort((a, b) => a.at - b.at)
  let count = 0
  return {
    asked: () => count,
    ask: (from, until, limit) => {
      count += 1
      const found = sorted.filter(({ at }) => at > from && at < until).slice(0, limit)
      return Promise.resolve(found.map(({ at, id }) => ({ event_id: id, at }) as unknown as SeamEvent))
    },
  }
}

async function walk(times: number[]): Promise<{ seen: number[]; distinct: number; asked: number }> {
  const { ask, asked } = serverWith(times)
  const seen: number[] = []
  const ids = new Set<string>()
  let span: Awaited<ReturnType<typeof newestSpan>> | null = await newestSpan(ask, NOW)
  while (span !== null) {
    const { events, next } = await eventsBefore(ask, span, OLDEST)
    for (const event of events as unknown as { event_id: string; at: number }[]) {
      if (!ids.has(event.event_id)) seen.push(event.at)
      ids.add(event.event_id)
    }
    span = next
  }
  return { seen, distinct: ids.size, asked: asked() }
}

test('few events over years are found with few questions', async () => {
  const { distinct, asked } = await walk([OLDEST + 1, NOW - 1000])
  expect(distinct).toBe(2)
  expect(asked).toBeLessThan(12)
})

test('every event is found once, newest first, in crowds and deserts', async () => {
  const crowd = Array.from({ length: 3000 }, (_, index) => NOW - 86_400_000 - index * 10)
  const desert = Array.from({ length: 50 }, (_, index) => OLDEST + 1 + index * 1_000_000_000)
  const times = [...crowd, ...desert]
  const { seen, distinct } = await walk(times)
  expect(distinct).toBe(times.length)
  expect(seen).toEqual([...times].sort((a, b) => b - a))
})

test('events of a workspace whose clock is ahead come first', async () => {
  const ahead = [NOW + 86_400_000, NOW + 40 * 86_400_000]
  const { seen } = await walk([NOW - 1000, ...ahead])
  expect(seen).toEqual([ahead[1], ahead[0], NOW - 1000])
})

test('more events in one millisecond than a question brings do not go round for ever', async () => {
  const { distinct } = await walk(Array.from({ length: 700 }, () => NOW - 5000))
  expect(distinct).toBe(500)
})
