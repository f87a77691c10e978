// The interleavings that racing grants meet now and then, brought about every time.
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer({ frozenAt: '2030-06-01T09:00:00.000Z' })
afterAll(() => server[Symbol.asyncDispose]())
const { store } = server.server.services
afterEach(() => vi.restoreAllMocks())

let people = 0
/** One person's PIN at a door; each grant ends at another hour, so that none shares its group with another. */
async function grant(door: string, code?: string): Promise<{ access_grant_id: string; access_method_ids: string[] }> {
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: `Person ${++people}` },
    starts_at: '2030-06-01T09:00:00.000Z',
    ends_at: `2030-06-04T${String(people).padStart(2, '0')}:00:00.000Z`,
    acs_entrance_ids: [door],
    requested_access_methods: [{ mode: 'code', ...(code === undefined ? {} : { code }) }],
  })
  return access_grant
}
async function method(of: { access_method_ids: string[] }): Promise<{ code: string; is_issued: boolean }> {
  const [access_method_id] = of.access_method_ids
  return (await server.ok('/access_methods/get', { access_method_id })).access_method
}
async function keypads(provider: string): Promise<[string, ...string[]]> {
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf(provider) })
  const doors = (acs_entrances as { acs_entrance_id: string; can_unlock_with_code: boolean }[])
    .filter((door) => door.can_unlock_with_code)
    .map((door) => door.acs_entrance_id)
  return doors as [string, ...string[]]
}

/** Before the reconciler asks which rows of this kind are due, everything it asked before is answered and `act` is done. */
function beforeDueRowsOf(kind: string, act: () => Promise<void>): void {
  const read = store.read.bind(store)
  const underWay = new Set<Promise<unknown>>()
  let isDone = false
  vi.spyOn(store, 'read').mockImplementation(
    async <R extends object>(workspaceId: string, text: string, values?: unknown[]) => {
      if (!isDone && text.includes(`FROM ${kind} `) && text.includes('AND is_dirty') && text.includes('ORDER BY')) {
        isDone = true
        await Promise.all(underWay)
        await act()
      }
      const answer = read<R>(workspaceId, text, values)
      underWay.add(answer)
      return answer.finally(() => underWay.delete(answer))
    },
  )
}

test.each(['acs_access_group', 'acs_user', 'acs_credential'])(
  'a grant made while the reconciler reads, just before its %s rows: nothing of it waits for a retry',
  async (kind) => {
    const [door] = await keypads('salto_space')
    await server.settle()
    const made: Awaited<ReturnType<typeof grant>>[] = []
    beforeDueRowsOf(kind, async () => void made.push(await grant(door)))
    made.push(await grant(door))
    await server.settle()
    expect(made).toHaveLength(2)
    for (const one of made) expect(await method(one)).toMatchObject({ is_issued: true })
    const tried = await server.sql(
      'SELECT acs_credential_id FROM acs_credential WHERE attempts > 0 OR retry_at IS NOT NULL',
    )
    expect(tried).toEqual([])
  },
)

/** Where a PIN is kept from being given twice: with the person's credential, or at the door. */
test.each([
  ['brivo', 'acs_credential', '4827163'],
  ['salto_space', 'pin_claim', '59273814'],
] as const)(
  'four at %s who write one PIN at the same instant do not wait for each other in a ring',
  async (provider, table, wish) => {
    const doors = await keypads(provider)
    const first = await grant(doors[0])
    await server.settle()
    const [own] = await server.sql<{ acs_credential_id: string }>(
      'SELECT acs_credential_id FROM acs_credential WHERE access_method_id = $1',
      [first.access_method_ids[0]],
    )
    const failures: string[] = []
    const write = store.write.bind(store)
    vi.spyOn(store, 'write').mockImplementation(async (...args) => {
      await write(...args).catch((error: Error) => {
        failures.push(error.message)
        throw error
      })
    })

    const doorOf = (n: number): string => (table === 'pin_claim' ? undefined : doors[n % doors.length]) ?? doors[0]
    // Somebody has the PIN, and has not said yet whether it stays so: all four have to wait right where they write theirs.
    await server.sql('BEGIN')
    await server.sql(`UPDATE ${table} SET code = $1 WHERE acs_credential_id = $2`, [wish, own?.acs_credential_id])
    const racing = Promise.all(Array.from({ length: 4 }, (_, n) => grant(doorOf(n), wish)))
    try {
      await vi.waitFor(
        async () => {
          await server.sql('SELECT pg_stat_clear_snapshot()')
          const waiting = await server.sql(
            `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          )
          expect(waiting).toHaveLength(4)
        },
        { timeout: 10_000, interval: 20 },
      )
    } finally {
      await server.sql('ROLLBACK')
    }
    const grants = await racing
    await server.settle()
    const methods = await Promise.all(grants.map(method))
    expect(methods.map((one) => one.code === wish).filter(Boolean)).toHaveLength(1)
    expect(methods.every((one) => one.is_issued)).toBe(true)
    // Each loser is told once, at once; the database never has to end a ring of waiting.
    expect(failures.filter((message) => message.includes('deadlock'))).toEqual([])
    expect(failures.length).toBeLessThanOrEqual(6)
  },
)
