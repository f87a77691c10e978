/** The installation that the environment names, as a command works on it: the database, opened beside a running server. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { readConfig, type Config } from '../config.ts'
import { silentLog } from '../log.ts'
import { openEmbeddedDatabase } from '../store/embedded/index.ts'
import { migrate, MIGRATIONS } from '../store/migrate.ts'
import { JobAnnouncer } from '../store/job-announcements.ts'
import { Sealer } from '../store/sealer.ts'
import { keptSecretKey, secretKeyFile } from '../store/secret-key.ts'
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
export function openInstallation({ env }: Io): Promise<Installation> {
  const config = readConfig(env)
  // A command never makes a database where there was none.
  if (config.databaseUrl === null && !existsSync(join(config.dataDir, 'postgres-password'))) {
    throw new UsageError(
      `There is no installation in ${config.dataDir}. Set LOCKSTITCH_DATA_DIR to its data folder, or DATABASE_URL.`,
    )
  }
  return open(config)
}

/** As {@link openInstallation}, and makes what is not there: an empty database with the newest schema. */
export async function makeInstallation({ env }: Io): Promise<Installation> {
  const config = readConfig(env)
  await mkdir(config.dataDir, { recursive: true })
  return open(config, (connection) => migrate(connection, MIGRATIONS, silentLog))
}

/** `prepare` runs before anything is read from the database. */
async function open(
  config: Config,
  prepare: (connection: pg.ClientConfig) => Promise<void> = () => Promise.resolve(),
): Promise<Installation> {
  const closers: (() => PromiseLike<void>)[] = []
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next()
  }
  let connection: pg.ClientConfig
  if (config.databaseUrl !== null) connection = { connectionString: config.databaseUrl }
  else {
    const database = await openEmbeddedDatabase({ dataDir: config.dataDir, log: silentLog })
    closers.push(() => database.stop())
    connection = database.admin
  }
  try {
    await prepare(connection)
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
        if (config.secretKey !== null) return new Sealer(config.secretKey, systemIds, config.previousSecretKeys)
        const key = await keptSecretKey(config.dataDir)
        if (key === null)
          throw new UsageError(
            `The key file ${secretKeyFile(config.dataDir)} is missing, and LOCKSTITCH_SECRET_KEY is not set.`,
          )
        return new Sealer(key, systemIds, config.previousSecretKeys)
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
