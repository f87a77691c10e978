import { describe, expect, test } from 'vitest'
import { doorEventOf, eventsSince } from './door-events.ts'
import type { AccessEvent } from './wire.ts'

const NOON = Date.parse('2030-06-01T12:00:00.000Z')
const MINUTE = 60_000

function event(uuid: string, minute: number, more: Partial<AccessEvent> = {}): AccessEvent {
  return {
    uuid,
    occurred: new Date(NOON + minute * MINUTE).toISOString(),
    securityAction: { securityActionId: 2004 },
    actor: { id: 7 },
    eventObject: { id: 4001 },
    ...more,
  }
}

/** A log of which every look gets all that is known by then, by whole hours. */
class Log {
  events: AccessEvent[] = []
  asked: [number, number][] = []
  cursor: string | null = null

  async look(minute: number): Promise<string[]> {
    const now = NOON + minute * MINUTE
    const ask = async (from: number, to: number): Promise<AccessEvent[]> => {
      this.asked.push([from, to].map((at) => (at - NOON) / MINUTE) as [number, number])
      return [...this.events].reverse()
    }
    const read = await eventsSince(this.cursor, now, ask)
    this.cursor = read.cursor
    const told = read.events.map((one) => `${(Date.parse(one.occurred_at) - NOON) / MINUTE}`)
    return read.hasMore ? [...told, 'more'] : told
  }
}

describe('taking events over', () => {
  test('begins now, and tells each event once, oldest first', async () => {
    const log = new Log()
    log.events = [event('before', -1), event('a', 1), event('b', 2)]
    expect(await log.look(0)).toEqual([])
    expect(log.asked).toEqual([])
    expect(await log.look(3)).toEqual(['1', '2'])
    expect(await log.look(4)).toEqual([])
    log.events.push(event('c', 4.5))
    expect(await log.look(5)).toEqual(['4.5'])
    expect(log.asked.at(-1)).toEqual([0, 5])
    expect(await log.look(60)).toEqual([])
    expect(await log.look(61)).toEqual([])
    expect(log.asked.at(-1)).toEqual([45, 61])
  })

  test('one that a panel told late is not missed', async () => {
    const log = new Log()
    await log.look(0)
    await log.look(30)
    log.events = [event('late', 20)]
    expect(await log.look(31)).toEqual(['20'])
    expect(await log.look(32)).toEqual([])
  })

  test('after a long time it is told piece by piece', async () => {
    const log = new Log()
    await log.look(0)
    log.events = [event('a', 10), event('b', 130), event('c', 250)]
    expect(await log.look(300)).toEqual(['10', 'more'])
    expect(await log.look(300)).toEqual(['130', 'more'])
    expect(await log.look(300)).toEqual(['250'])
    expect(await log.look(300)).toEqual([])
    for (const [from, to] of log.asked) expect(to - from).toBeLessThanOrEqual(120)
  })

  test('a clock that went back asks for nothing from the future', async () => {
    const log = new Log()
    await log.look(60)
    log.events = [event('a', 59)]
    expect(await log.look(30)).toEqual([])
    expect(await log.look(61)).toEqual([])
  })
})

test.each([
  ['an entry', {}, { entrance_id: '4001', user_id: '7', opened: true }],
  ['a refusal', { securityAction: { securityActionId: 5018 } }, { entrance_id: '4001', user_id: '7', opened: false }],
  ['an entry of nobody', { actor: undefined }, { entrance_id: '4001', user_id: null, opened: true }],
  ['a door that was opened from afar', { securityAction: { securityActionId: 5064 } }, null],
  ['a login', { securityAction: { securityActionId: 3005 }, eventObject: undefined }, null],
  ['an entry nowhere', { eventObject: undefined }, null],
])('%s', (_what, more, told) => {
  const read = doorEventOf(event('a', 0, more))
  if (told === null) expect(read).toBeNull()
  else expect(read).toEqual({ occurred_at: '2030-06-01T12:00:00.000Z', ...told })
})
