// An access system is told one thing at a time, also by several processes on one database.
import { afterAll, expect, test } from 'vitest'
import { silentLog } from '../../src/log.ts'
import { SystemLeases } from '../../src/store/system-leases.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())
const { store } = server.server.services
const place = async (provider: string) => ({
  workspace_id: server.workspaceId,
  acs_system_id: await server.systemOf(provider),
})
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('two processes never have their turn at the same system; at two systems they do', async () => {
  await using one = new SystemLeases(store, silentLog)
  await using two = new SystemLeases(store, silentLog)
  const [space, ks] = [await place('salto_space'), await place('salto_ks')]
  let inside = 0
  let most = 0
  let turns = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    await later(3)
    inside--
    turns++
  }
  // Each process takes its turns one after the other, as connections.inTurn does.
  const many = async (leases: SystemLeases): Promise<void> => {
    for (let i = 0; i < 25; i++) await leases.alone(space, work)
  }
  await Promise.all([many(one), many(two)])
  expect([turns, most]).toEqual([50, 1])

  let isBeside = false
  await one.alone(space, async () => {
    await two.alone(ks, () => {
      isBeside = true
      return Promise.resolve()
    })
  })
  expect(isBeside).toBe(true)
  expect(await server.sql('SELECT * FROM system_lease WHERE acs_system_id = ANY($1)', [[space.acs_system_id]])).toEqual(
    [],
  )
})

test('what fails gives its turn back; that of a killed process ends by itself', async () => {
  await using one = new SystemLeases(store, silentLog)
  await using two = new SystemLeases(store, silentLog)
  const system = await place('salto_space')
  await expect(one.alone(system, () => Promise.reject(new Error('the system said no')))).rejects.toThrow('said no')
  await two.alone(system, () => Promise.resolve())

  // Killed in the middle: nobody gives the turn back, nobody renews it.
  await server.sql(
    `INSERT INTO system_lease (workspace_id, acs_system_id, holder, held_until) VALUES ($1, $2, gen_random_uuid(), now() + interval '400 ms')`,
    [system.workspace_id, system.acs_system_id],
  )
  const asked = performance.now()
  await two.alone(system, () => Promise.resolve())
  expect(performance.now() - asked).toBeGreaterThan(300)
})

test('a turn that lasts longer than its lease is renewed', async () => {
  await using one = new SystemLeases(store, silentLog)
  const system = await place('salto_space')
  const untils: string[] = []
  await one.alone(system, async () => {
    for (const wait of [0, 3500]) {
      await later(wait)
      const [row] = await server.sql<{ held_until: Date }>(
        'SELECT held_until FROM system_lease WHERE acs_system_id = $1',
        [system.acs_system_id],
      )
      untils.push(row?.held_until.toISOString() ?? '')
    }
  })
  expect((untils[1] ?? '') > (untils[0] ?? '')).toBe(true)
})

test('nobody waits for a system that is being removed', async () => {
  await using one = new SystemLeases(store, silentLog)
  const gone = { workspace_id: server.workspaceId, acs_system_id: crypto.randomUUID() }
  let ran = 0
  await one.alone(gone, () => Promise.resolve(ran++))
  expect(ran).toBe(1)
})

test('nor for one whose removal is under way when the turn is asked for', async () => {
  await using one = new SystemLeases(store, silentLog)
  const { workspace_id, acs_system_id } = await place('latch')
  const removal = server.sql(`DO $$ BEGIN
    DELETE FROM acs_system WHERE workspace_id = '${workspace_id}' AND acs_system_id = '${acs_system_id}';
    PERFORM pg_advisory_xact_lock(4711);
    PERFORM pg_sleep(0.5);
  END $$`)
  const isUnderWay = async (): Promise<boolean> =>
    (await store.system(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711`)).length > 0
  while (!(await isUnderWay())) await later(5)
  let ran = 0
  await one.alone({ workspace_id, acs_system_id }, () => Promise.resolve(ran++))
  await removal
  expect(ran).toBe(1)
  expect(await server.sql('SELECT 1 FROM system_lease WHERE acs_system_id = $1', [acs_system_id])).toEqual([])
})
