/**
 * The check-in wave: 10,000 grants with PIN, card and mobile key on 500 doors, by 50 callers at once, until every PIN and
 * mobile key is issued, every card waits to be encoded, and every webhook is acknowledged.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../processes.ts'
import { caller, settings, anySystem, tell, withDatabase, type BenchPaths } from '../server.ts'

const GRANTS = 10_000
const DOORS = 500
const CALLERS = 50
const GIVE_UP_MS = 10 * 60_000

export async function measureCheckIn(paths: BenchPaths): Promise<void> {
  const env = settings(paths, 'check-in')
  await using server = await start(paths.server, [], env)
  const call = caller(server)
  const doors = await largeBuilding(env, call)
  let receipts = 0
  const receiver = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      receipts++
      response.end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  await call('/webhooks/create', { url: `http://127.0.0.1:${port}/hook`, event_types: ['*'] })

  const startedAt = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (let n = next++; n < GRANTS; n = next++) {
        // Twenty guests at each door, one after the other.
        const day = Math.floor(n / DOORS) * 2
        await call('/access_grants/create', {
          user_identity: { full_name: `Guest ${n}` },
          acs_entrance_ids: [doors[n % DOORS]],
          requested_access_methods: [{ mode: 'code' }, { mode: 'card' }, { mode: 'mobile_key' }],
          starts_at: new Date(Date.UTC(2040, 5, 1 + day, 15)).toISOString(),
          ends_at: new Date(Date.UTC(2040, 5, 2 + day, 11)).toISOString(),
        })
      }
    }),
  )
  const createdMs = performance.now() - startedAt
  const left = await withDatabase(env, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ methods: number; deliveries: number }>(
        `SELECT (SELECT count(*)::int FROM access_method m WHERE NOT m.is_issued AND NOT (m.mode = 'card' AND EXISTS (
                   SELECT FROM acs_credential c WHERE c.access_method_id = m.access_method_id AND NOT c.is_dirty))) AS methods,
                (SELECT count(*)::int FROM webhook_delivery WHERE status <> 'delivered') AS deliveries`,
      )
      const [now = { methods: NaN, deliveries: NaN }] = rows
      if (now.methods === 0 && now.deliveries === 0) return now
      if (performance.now() - startedAt > GIVE_UP_MS) return now
      await sleep(250)
    }
  })
  const seconds = (performance.now() - startedAt) / 1000
  receiver.close()
  receiver.closeAllConnections()
  const unfinished =
    left.methods + left.deliveries === 0 ? '' : `, ${left.methods} methods and ${left.deliveries} deliveries left`
  tell(
    `check-in wave: ${GRANTS} grants, PIN + card + mobile key`,
    `${seconds.toFixed(0)} s (created after ${(createdMs / 1000).toFixed(0)} s, ${receipts} webhooks${unfinished})`,
    '< 60 s',
  )
}

interface DoorPage {
  acs_entrances: { acs_entrance_id: string; display_name: string }[]
  pagination: { next_page_cursor: string | null }
}

/** The ids of 500 doors that take every mode, of its access system. */
async function largeBuilding(env: Record<string, string>, call: ReturnType<typeof caller>): Promise<string[]> {
  const acs_system_id = await anySystem(call)
  await withDatabase(env, (client) =>
    client.query(
      `UPDATE virtual_record SET data = jsonb_set(data, '{size}', jsonb_build_object('extra_doors', $2::int))
        WHERE kind = 'building' AND building_id = (SELECT external_id FROM acs_system WHERE acs_system_id = $1)`,
      [acs_system_id, DOORS],
    ),
  )
  const { acs_system } = await call<{ acs_system: { connected_account_id: string } }>('/acs/systems/get', {
    acs_system_id,
  })
  await call('/connected_accounts/sync', { connected_account_id: acs_system.connected_account_id })
  await call('/sandbox/settle')
  const ids: string[] = []
  let page_cursor: string | null = null
  do {
    const { acs_entrances, pagination }: DoorPage = await call('/acs/entrances/list', {
      ...{ acs_system_id, limit: 500 },
      ...(page_cursor === null ? {} : { page_cursor }),
    })
    for (const door of acs_entrances) if (/^Door \d+$/.test(door.display_name)) ids.push(door.acs_entrance_id)
    page_cursor = pagination.next_page_cursor
  } while (page_cursor !== null)
  if (ids.length !== DOORS) throw new Error(`the building has ${ids.length} such doors, not ${DOORS}`)
  return ids
}
