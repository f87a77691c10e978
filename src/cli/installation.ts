/** The installation that the environment names, as a command works on it: the database, opened beside a running server. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { readConfig } from '../config.ts'
import { silentLog } from '../log.ts'
import { openEmbeddedDatabase } from '../store/embedded/index.ts'
import { JobAnnouncer } from '../store/job-announcements.ts'
import { Sealer } from '../store/sealer.ts'
import { Store } from '../store/store.ts'
import { systemClock, systemIds } from '../system-clock.ts'
import { UsageError, type Io } from './command.ts'

export interface Installation extends AsyncDisposable {
  store: Store
  connection: pg.ClientConfig
  /** @throws UsageError when the key is not here */
  sealer(): Promise<Sealer>
}

/** @throws UsageError when there is no installation; ConfigError */
export async function openInstallation({ env }: Io): Promise<Installation> {
  const config = readConfig(env)
  const closers: (() => PromiseLike<void>)[] = []
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next()
  }
  let connection: pg.ClientConfig
  if (config.databaseUrl !== null) connection = { connectionString: config.databaseUrl }
  else {
    // A command never makes a database where there was none.
    if (!existsSync(join(config.dataDir, 'postgres-password'))) {
      throw new UsageError(
        `There is no installation in ${config.dataDir}. Set LOCKSTITCH_DATA_DIR to its data folder, or DATABASE_URL.`,
      )
    }
    const database = await openEmbeddedDatabase({ dataDir: config.dataDir, log: silentLog })
    closers.push(() => database.stop())
    connection = database.admin
  }
  try {
    const store = await Store.open({
      connection,
      clock: systemClock,
      ids: systemIds,
      log: silentLog,
      eventDescriptions: new Map(),
      commandClients: 2,
      readClients: 1,
    })
    closers.push(() => store[Symbol.asyncDispose]())
    store.onJobs(new JobAnnouncer(store, silentLog))
    return {
      store,
      connection,
      async sealer() {
        if (config.secretKey !== null) return new Sealer(config.secretKey, systemIds)
        const file = join(config.dataDir, 'secret-key')
        if (!existsSync(file))
          throw new UsageError(`The key file ${file} is missing, and LOCKSTITCH_SECRET_KEY is not set.`)
        return new Sealer(Buffer.from((await readFile(file, 'utf8')).trim(), 'base64'), systemIds)
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
