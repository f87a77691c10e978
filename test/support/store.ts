/** A store on a fresh copy of the migrated template, for tests of what lies below the API. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { newWorkspace } from '../../src/domain/workspaces/create.ts'
import { silentLog } from '../../src/log.ts'
import { insertUser, insertWorkspace } from '../../src/store/accounts.ts'
import { Store } from '../../src/store/store.ts'
import { systemClock, systemIds } from '../../src/system-clock.ts'
import { TEMPLATE } from './global-setup.ts'

export interface TestStore extends AsyncDisposable {
  store: Store
  connection: pg.ClientConfig
  /** A new sandbox workspace. */
  workspace(): Promise<string>
  /** A second store on the same database, as another process would open it. */
  another(): Promise<Store>
}

export const NOW = '2025-06-16T16:54:17.946Z'

export async function openTestStore(): Promise<TestStore> {
  const admin = inject('postgres')
  const database = `store_${randomBytes(6).toString('hex')}`
  await administer(`CREATE DATABASE ${database} TEMPLATE ${TEMPLATE}`)
  const connection = { ...admin, database }
  const open = () =>
    Store.open({ connection, clock: systemClock, ids: systemIds, log: silentLog, eventDescriptions: new Map() })
  const stores = [await open()]
  const store = stores[0] as Store
  const userId = systemIds.uuid()
  await insertUser(store, userId, NOW)
  return {
    store,
    connection,
    async workspace() {
      const made = newWorkspace({ name: 'Test', is_sandbox: true }, systemIds, NOW)
      await insertWorkspace(store, made, userId)
      return made.workspace_id
    },
    async another() {
      const next = await open()
      stores.push(next)
      return next
    },
    async [Symbol.asyncDispose]() {
      for (const one of stores) await one[Symbol.asyncDispose]()
      await administer(`DROP DATABASE ${database} WITH (FORCE)`)
    },
  }

  async function administer(statement: string): Promise<void> {
    const client = new pg.Client({ ...admin, database: 'postgres' })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
}
