// A worker stands still in the middle of what it tells an access system, and goes on when others have told newer things,
// with the database away or not: what it said too late does not stay.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { LeaseLost } from '../../src/store/store.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Halt, Teller } from './tellers.ts'

const [STARTS, ENDS, LATER, LATEST] = [1, 4, 5, 6].map((day) => `2040-06-0${day}T11:00:00.000Z`)

let server: TestServer
beforeAll(async () => {
  // Nothing works by itself: what is told when is the test's to say.
  server = await startTestServer({ env: { LOCKSTITCH_ROLES: 'api' } })
})
afterAll(() => server[Symbol.asyncDispose]())

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let guests = 0
let provider = 'brivo'

/** A PIN for one more guest, not told to the system yet. */
async function pin(): Promise<Record<string, string>> {
  const acs_system_id = await server.systemOf(provider)
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id })
  const door = acs_entrances.find((one: { can_unlock_with_code?: boolean }) => one.can_unlock_with_code === true)
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: `Guest ${++guests}` },
    acs_entrance_ids: [door.acs_entrance_id],
    requested_access_methods: [{ mode: 'code' }],
    ...{ starts_at: STARTS, ends_at: ENDS },
  })
  return access_grant
}

const move = ({ access_grant_id }: Record<string, string>, ends_at: string | undefined) =>
  server.ok('/access_grants/update', { access_grant_id, ends_at })
const end = ({ access_grant_id }: Record<string, string>) => server.ok('/access_grants/delete', { access_grant_id })

/** What the systems hold that is not as it is wished for, or is not wished for at all; and what is wished for and not there. */
async function differences(): Promise<unknown[]> {
  return server.sql(
    `SELECT coalesce(c.acs_credential_id::text, v.data->>'reference') AS id, v.data->>'ends_at' AS ends_at, c.ends_at AS wished
       FROM (SELECT c.*, s.external_id AS building_id FROM acs_credential c JOIN acs_system s USING (workspace_id, acs_system_id)
              WHERE c.access_method_id IS NOT NULL AND NOT c.is_deleting) c
       FULL JOIN (SELECT * FROM virtual_record WHERE kind = 'credential' AND data->>'reference' IS NOT NULL AND NOT (data->>'is_deleted')::boolean) v
         ON v.workspace_id = c.workspace_id AND v.building_id::text = c.building_id AND v.id = c.external_id AND v.data->>'code' = c.code
      WHERE c.acs_credential_id IS NULL OR v.id IS NULL OR (v.data->>'ends_at')::timestamptz IS DISTINCT FROM c.ends_at`,
  )
}

/** The turns and jobs of everybody end, as they do when their holders are not heard of for some seconds. */
async function leasesEnd(which: 'all' | 'turns' = 'all'): Promise<void> {
  await server.sql(`UPDATE system_lease SET held_until = now() - interval '1 s'`)
  if (which === 'all')
    await server.sql(`UPDATE job SET lease_until = now() - interval '1 s' WHERE lease_id IS NOT NULL`)
}

/** So much time passes that what nobody has spoken of since is checked. */
const timePasses = () => server.sql(`UPDATE telling SET check_at = now()`)

beforeEach(async () => {
  await using worker = await Teller.on(server)
  await server.sql('DELETE FROM telling')
  await worker.work()
  expect(await differences()).toEqual([])
})

/** A worker in the middle of its call for `before`, overtaken by another that tells the system of `meanwhile`. */
async function overtaken(
  before: () => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
  more: (frozen: Teller) => void = () => undefined,
) {
  const frozen = await Teller.on(server)
  const other = await Teller.on(server)
  await before()
  const halt = (frozen.beforeCredential = new Halt())
  const run = frozen.run(await frozen.take()).then(
    () => null,
    (error: unknown) => error,
  )
  const early = await Promise.race([halt.arrived.then(() => undefined), run])
  if (early !== undefined) throw new Error('it ended before it came there', { cause: early })
  await leasesEnd()
  await meanwhile()
  await other.work()
  expect(await differences()).toEqual([])
  more(frozen)
  return {
    ...{ frozen, other },
    /** It goes on. What it had on the way comes about. Answers how its run ended. */
    async thaws() {
      halt.goOn()
      return run
    },
    async [Symbol.asyncDispose]() {
      await frozen[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
    },
  }
}

describe.each(['brivo', 'salto_ks'])('%s: what a worker that stood still told too late', (name) => {
  beforeEach(() => {
    provider = name
  })

  const CASES = {
    'a wish that is outdated': async () => {
      const grant = await pin()
      await using worker = await Teller.on(server)
      await worker.work()
      return { before: () => move(grant, LATER), meanwhile: () => move(grant, LATEST) }
    },
    'a PIN that is deleted by now': async () => {
      const grant = await pin()
      await using worker = await Teller.on(server)
      await worker.work()
      return { before: () => move(grant, LATER), meanwhile: () => end(grant) }
    },
    'a new PIN that is deleted by now': async () => {
      let grant: Record<string, string> = {}
      return { before: async () => (grant = await pin()), meanwhile: () => end(grant) }
    },
    'a new PIN that has other times by now': async () => {
      let grant: Record<string, string> = {}
      return { before: async () => (grant = await pin()), meanwhile: () => move(grant, LATEST) }
    },
  }

  describe.each(Object.keys(CASES) as (keyof typeof CASES)[])('%s', (what) => {
    test('is put right when it goes on', async () => {
      const { before, meanwhile } = await CASES[what]()
      await using world = await overtaken(before, meanwhile)
      expect(await world.thaws()).toBeInstanceOf(LeaseLost)
      await world.other.work()
      expect(await differences()).toEqual([])
      expect(await server.sql('SELECT * FROM telling')).toEqual([])
    })

    test('is put right as soon as the database is back', async () => {
      const { before, meanwhile } = await CASES[what]()
      await using world = await overtaken(before, meanwhile, (frozen) => {
        frozen.losesDatabase = true
      })
      expect(await world.thaws()).toBeInstanceOf(Error)
      // It tries, and cannot.
      await world.frozen.provisioning.tellings.look()
      world.frozen.isAway = world.frozen.losesDatabase = false
      await world.frozen.provisioning.tellings.look()
      await world.other.work()
      expect(await differences()).toEqual([])
      expect(await server.sql('SELECT * FROM telling')).toEqual([])
    })

    test('is put right by others when it dies before it can say so', async () => {
      const { before, meanwhile } = await CASES[what]()
      await using world = await overtaken(before, meanwhile, (frozen) => {
        frozen.losesDatabase = true
      })
      expect(await world.thaws()).toBeInstanceOf(Error)
      // Nothing more is heard of it.
      await timePasses()
      await world.other.provisioning.tellings.look()
      await world.other.work()
      expect(await differences()).toEqual([])
      // It is looked at again later: nobody knows that it is dead.
      expect(await server.sql('SELECT checks FROM telling')).toEqual([{ checks: 1 }])
      for (let n = 0; n < 5; n++) {
        await timePasses()
        await world.other.provisioning.tellings.look()
        await world.other.work()
      }
      expect(await server.sql('SELECT checks FROM telling')).toEqual([])
      expect(await differences()).toEqual([])
    })
  })
})

test('these tests would see it: a word that comes too late has its effect', async () => {
  provider = 'brivo'
  const grant = await pin()
  await using worker = await Teller.on(server)
  await worker.work()
  await using world = await overtaken(
    () => move(grant, LATER),
    () => move(grant, LATEST),
    (frozen) => {
      frozen.losesDatabase = true
    },
  )
  await world.thaws()
  expect(await differences()).toMatchObject([{ ends_at: LATER }])
  world.frozen.isAway = world.frozen.losesDatabase = false
  await world.frozen.provisioning.tellings.look()
  await world.other.work()
})

test('a worker that lost its turn before it began tells nothing', async () => {
  provider = 'brivo'
  await using frozen = await Teller.on(server)
  await using other = await Teller.on(server)
  const grant = await pin()
  const halt = (frozen.beforeTelling = new Halt())
  const run = frozen.run(await frozen.take())
  await halt.arrived
  await leasesEnd()
  await move(grant, LATEST)
  await other.work()
  halt.goOn()
  await expect(run).rejects.toBeInstanceOf(LeaseLost)
  expect(frozen.effects).toBe(0)
  expect(await differences()).toEqual([])
})

test('a worker that stood still for longer than its turn asks nothing more, whoever has the turn', async () => {
  provider = 'brivo'
  await using frozen = await Teller.on(server)
  await using other = await Teller.on(server)
  await pin()
  const halt = (frozen.beforeEffect = new Halt())
  const run = frozen.run(await frozen.take())
  await halt.arrived
  frozen.aheadMs = 60_000
  halt.goOn()
  await expect(run).rejects.toBeInstanceOf(LeaseLost)
  // What it had on the way, and no further request: a guest of Brivo takes several.
  expect(frozen.effects).toBe(1)
  await leasesEnd()
  await other.work()
  expect(await differences()).toEqual([])
  expect(await server.sql('SELECT * FROM telling')).toEqual([])
})

test('a worker whose turn another has had records nothing, although its job is still its own', async () => {
  provider = 'salto_ks'
  const grant = await pin()
  await using frozen = await Teller.on(server)
  await using other = await Teller.on(server)
  await other.work()
  await move(grant, LATER)
  const halt = (frozen.beforeEffect = new Halt())
  const run = frozen.run(await frozen.take())
  await halt.arrived
  await leasesEnd('turns')
  await move(grant, LATEST)
  await other.work()
  halt.goOn()
  await expect(run).rejects.toBeInstanceOf(LeaseLost)
  await leasesEnd()
  await other.work()
  expect(await differences()).toEqual([])
  expect(await server.sql('SELECT * FROM telling')).toEqual([])
})

test('a system that cannot be asked is checked when it can', async () => {
  provider = 'brivo'
  const acs_system_id = await server.systemOf(provider)
  let grant: Record<string, string> = {}
  await using world = await overtaken(
    async () => (grant = await pin()),
    () => end(grant),
  )
  await world.thaws()
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'offline' })
  await world.other.work()
  expect(await server.sql('SELECT is_over, checks FROM telling')).toEqual([{ is_over: true, checks: 0 }])
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
  await timePasses()
  await world.other.provisioning.tellings.look()
  await world.other.work()
  expect(await server.sql('SELECT * FROM telling')).toEqual([])
  expect(await differences()).toEqual([])
})
