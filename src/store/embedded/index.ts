import { randomBytes } from 'node:crypto'
import { readdirSync, realpathSync, unlinkSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { accountForNewCluster, accountOfCluster } from './account.ts'
import { findBinaries, reachableBinaries } from './binaries.ts'
import {
  askToStop,
  boundLog,
  createCluster,
  findPostmaster,
  hasCluster,
  startPostmaster,
  StartRefused,
  stopPostmaster,
  superuser,
  waitForEnd,
  type Cluster,
  type Postmaster,
} from './cluster.ts'
import { EmbeddedDatabaseError, errnoOf, unlessErrno } from './errors.ts'
import { tailOf, writeDurably } from './files.ts'
import { acquireLock, isDeadNow, Servers, withLockIfFree } from './lock.ts'
import type { EmbeddedLog } from './log.ts'
import { placeForNewCluster, placeOfCluster } from './place.ts'
import { isRunning } from './processes.ts'

export { EmbeddedDatabaseError, type EmbeddedDatabaseErrorCode } from './errors.ts'
export type { EmbeddedLog } from './log.ts'

/** How to connect, in the form `pg` takes. The host is a folder where a Unix socket is used. */
export interface AdminConnection {
  host: string
  port: number
  user: string
  password: string
  database: string
}

export interface EmbeddedDatabase extends AsyncDisposable {
  /** The superuser of the private database, for migrations; they make the role that the server works as. */
  readonly admin: AdminConnection
  /** The same as one string. */
  readonly connectionString: string
  /** The folder of the cluster. */
  readonly folder: string
  /** The process id of the postmaster. */
  readonly pid: number
  /**
   * True when this process started PostgreSQL or took it over from one that died; false when it joined one that
   * another living server process uses. Either way the last server process to stop stops PostgreSQL.
   */
  readonly ownedByUs: boolean
  /** Leaves the database, and stops PostgreSQL when no other server process uses it. */
  stop(): Promise<void>
}

export interface EmbeddedDatabaseOptions {
  dataDir: string
  log: EmbeddedLog
  /** Told in a few words what is being waited for. */
  onProgress?: (what: string) => void
  /**
   * Told once when PostgreSQL ends without having been asked to. `stop()` and opening anew brings it back; with a
   * Unix socket the connection settings stay the same.
   */
  onCrash?: (error: Error) => void
  /** For tests: a loopback port even where a Unix socket would do. */
  transport?: 'socket' | 'loopback'
}

const databaseName = 'lockstitch'

/**
 * Opens the private PostgreSQL of an installation: makes it on first use, starts it, or joins the running one.
 *
 * PostgreSQL is a process of its own and outlives a server process that is killed (kill -9): the next start takes
 * it over, whole and with everything committed. Any number of server processes on one machine may share a data
 * folder. All starting and stopping happens under the lock file `postgres.lock`.
 */
export async function openEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const { log, onProgress } = options
  await mkdir(resolve(options.dataDir), { recursive: true })
  const dataDir = realpathSync(resolve(options.dataDir))
  const found = await findBinaries()
  const servers = new Servers(join(dataDir, 'servers'))
  const lockFile = join(dataDir, 'postgres.lock')
  const lockNow = () =>
    acquireLock(lockFile, (holder) => {
      onProgress?.(`waiting for process ${holder.pid} on ${holder.host}, which starts or stops the database`)
    })

  const lock = await lockNow().catch((error: unknown) => {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) throw error
    throw new EmbeddedDatabaseError(
      'folder_unusable',
      `This process may not write to the data folder ${dataDir} (${errnoOf(error)}). Start Lockstitch as the user it belongs to, ` +
        'or set LOCKSTITCH_DATA_DIR to a folder of its own.',
      { cause: error },
    )
  })
  let cluster: Cluster | undefined
  let postmaster: Postmaster | undefined
  let ownedByUs = false
  try {
    const shared = await hasOtherServers(servers, dataDir, onProgress)
    const base = {
      logFile: join(dataDir, 'postgres.log'),
      transport: options.transport ?? 'socket',
    }
    const passwordFile = join(dataDir, 'postgres-password')
    let password = (await unlessErrno(['ENOENT'], readFile(passwordFile, 'utf8')))?.trim()
    const existing = await placeOfCluster(dataDir)
    const fresh = !(await hasCluster(existing, found))
    if (!fresh) {
      const account = await accountOfCluster(existing)
      cluster = { ...base, folder: existing, account, binaries: await reachableBinaries(found, account, log) }
      if (!password) {
        throw new EmbeddedDatabaseError(
          'password_missing',
          `There is a database in ${existing}, and its password file ${passwordFile} is missing. Put that file back.`,
        )
      }
    } else {
      const account = await accountForNewCluster(log)
      const binaries = await reachableBinaries(found, account, log)
      const folder = await placeForNewCluster(dataDir, account, log)
      cluster = { ...base, folder, account, binaries }
      if (!password) {
        password = randomBytes(24).toString('base64url')
        await writeDurably(passwordFile, `${password}\n`, 0o600)
      }
      onProgress?.('making the database')
      await createCluster(cluster, password, log)
      log.info({ folder }, 'Made the database')
    }

    await servers.register()
    const login = { user: superuser, password }
    const running = await ensureRunning(cluster, login, { shared, fresh }, log, onProgress)
    postmaster = running.postmaster
    ownedByUs = running.startedNow || !shared
    const admin: AdminConnection = { host: postmaster.host, port: postmaster.port, ...login, database: databaseName }
    return new Opened({ options, cluster, postmaster, admin, ownedByUs, servers, lockFile, lockNow })
  } catch (error) {
    await servers.leave()
    // what we started and cannot use must not stay behind
    if (cluster && postmaster && ownedByUs) await stopPostmaster(cluster, postmaster, log).catch(() => undefined)
    throw error
  } finally {
    await lock.release()
  }
}

/** Whether other living server processes use the database. Those of another machine or container cannot be joined. */
async function hasOtherServers(
  servers: Servers,
  dataDir: string,
  onProgress: EmbeddedDatabaseOptions['onProgress'],
): Promise<boolean> {
  for (let told = false; ;) {
    const others = await servers.others()
    const foreign = others.filter((other) => other.foreign)
    const alive = foreign.find((other) => other.life === 'alive')
    if (alive) {
      throw new EmbeddedDatabaseError(
        'folder_in_use',
        `The data folder ${dataDir} is in use by a server in another container or on another machine ` +
          `(host ${alive.entry.host}, process ${alive.entry.pid}). Stop that one, or give both a DATABASE_URL to share.`,
      )
    }
    if (foreign.length === 0) return others.length > 0
    if (!told) {
      told = true
      onProgress?.('waiting up to 10 s, to be sure that no other container or machine uses the data folder')
    }
    await sleep(200)
  }
}

interface Login {
  user: string
  password: string
}

async function ensureRunning(
  cluster: Cluster,
  login: Login,
  how: { shared: boolean; fresh: boolean },
  log: EmbeddedLog,
  onProgress: EmbeddedDatabaseOptions['onProgress'],
): Promise<{ postmaster: Postmaster; startedNow: boolean }> {
  const { shared } = how
  const patience = performance.now() + 15_000
  for (;;) {
    const found = await findPostmaster(cluster)
    if (found?.status === 'stopping') {
      onProgress?.('waiting for the database to finish stopping')
      await waitForEnd(found.postmaster, () => onProgress?.('still waiting for the database to finish stopping'))
      continue
    }
    if (found?.status === 'starting') {
      onProgress?.('waiting for the database to start')
      while ((await findPostmaster(cluster))?.status === 'starting') await sleep(10)
      continue
    }
    if (found) {
      try {
        await prepareDatabase(cluster, found.postmaster, login, false)
        log.info({ pid: found.postmaster.pid, shared }, 'Joined the running database')
        return { postmaster: found.postmaster, startedNow: false }
      } catch (error) {
        if (isPasswordWrong(error)) throw passwordWrong(cluster, error)
        // ended between looking and connecting
        if (!isRunning(found.postmaster.pid, found.postmaster.started)) continue
        if (shared) {
          throw new EmbeddedDatabaseError(
            'start_failed',
            `The database in ${cluster.folder} runs as process ${found.postmaster.pid} for another server process, ` +
              `and does not take connections at ${found.postmaster.host} (${String(error)}). Stop all server processes and start again.`,
            { cause: error },
          )
        }
        log.warn(
          { err: error, pid: found.postmaster.pid },
          'A database left running takes no connections: restarting it',
        )
        await stopPostmaster(cluster, found.postmaster, log)
        continue
      }
    }
    onProgress?.('starting the database')
    let postmaster: Postmaster
    try {
      postmaster = await startPostmaster(cluster, () => onProgress?.('the database is still starting (recovering)'))
    } catch (error) {
      if (!(error instanceof StartRefused && error.mayPass && performance.now() < patience)) throw error
      await sleep(50)
      continue
    }
    try {
      await prepareDatabase(cluster, postmaster, login, how.fresh)
    } catch (error) {
      await stopPostmaster(cluster, postmaster, log)
      throw isPasswordWrong(error) ? passwordWrong(cluster, error) : error
    }
    log.info({ pid: postmaster.pid, folder: cluster.folder }, 'Started the database')
    return { postmaster, startedNow: true }
  }
}

function isPasswordWrong(error: unknown): boolean {
  return errnoOf(error) === '28P01'
}

function passwordWrong(cluster: Cluster, cause: unknown): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(
    'password_missing',
    `The database in ${cluster.folder} does not take the password in ${join(dirname(cluster.logFile), 'postgres-password')}. ` +
      'Put back the file that belongs to this database.',
    { cause },
  )
}

/** Makes sure that what answers is this cluster, and that our database is in it. */
async function prepareDatabase(
  cluster: Cluster,
  { host, port }: Postmaster,
  login: Login,
  fresh: boolean,
): Promise<void> {
  const withClient = async (database: string, work: (client: pg.Client) => Promise<void>) => {
    const client = new pg.Client({ host, port, ...login, database, connectionTimeoutMillis: 10_000 })
    // a connection that breaks while idle says so here, and again at the next query
    client.on('error', () => undefined)
    await client.connect()
    try {
      await work(client)
    } finally {
      await client.end()
    }
  }
  const check = async (client: pg.Client) => {
    const { rows } = await client.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`)
    const folder = rows[0]?.folder ?? ''
    if (realpathSync(folder) === realpathSync(cluster.folder)) return
    throw new EmbeddedDatabaseError('start_failed', `Another database, ${folder}, answers at ${host}, port ${port}`)
  }
  try {
    if (!fresh) return await withClient(databaseName, check)
  } catch (error) {
    // the first start was cut off before it got here
    if (errnoOf(error) !== '3D000') throw error
  }
  await withClient('postgres', async (client) => {
    await check(client)
    await client.query(`CREATE DATABASE ${databaseName}`)
  })
}

interface Parts {
  options: EmbeddedDatabaseOptions
  cluster: Cluster
  postmaster: Postmaster
  admin: AdminConnection
  ownedByUs: boolean
  servers: Servers
  lockFile: string
  lockNow: () => ReturnType<typeof acquireLock>
}

class Opened implements EmbeddedDatabase {
  readonly admin: AdminConnection
  readonly connectionString: string
  readonly folder: string
  readonly pid: number
  readonly ownedByUs: boolean
  readonly #parts: Parts
  readonly #watch: NodeJS.Timeout
  readonly #bound: NodeJS.Timeout
  #stopped: Promise<void> | undefined

  constructor(parts: Parts) {
    const { user, password, host, port, database } = parts.admin
    this.#parts = parts
    this.admin = parts.admin
    this.connectionString = `postgresql://${user}:${password}@${encodeURIComponent(host)}:${port}/${database}`
    this.folder = parts.cluster.folder
    this.pid = parts.postmaster.pid
    this.ownedByUs = parts.ownedByUs
    this.#watch = setInterval(() => this.#look(), 250)
    this.#watch.unref()
    this.#bound = setInterval(() => void boundLog(parts.cluster.logFile).catch(() => undefined), 60_000)
    this.#bound.unref()
    process.on('exit', this.#atExit)
  }

  #look(): void {
    const { postmaster, cluster, options } = this.#parts
    if (isRunning(postmaster.pid, postmaster.started)) return
    clearInterval(this.#watch)
    void (async () => {
      const said = await tailOf(cluster.logFile).catch(() => '')
      if (this.#stopped) return
      const error = new EmbeddedDatabaseError(
        'crashed',
        `The database (process ${postmaster.pid}) ended without having been asked to. The end of its log: ${said.slice(-1_000)}`,
      )
      options.log.error({ err: error }, error.message)
      options.onCrash?.(error)
    })()
  }

  /** A process that ends without stop(), say on an uncaught error, still takes PostgreSQL with it. */
  readonly #atExit = (): void => {
    const { servers, lockFile, postmaster } = this.#parts
    withLockIfFree(lockFile, () => {
      const folder = dirname(servers.ownFile)
      const others = readdirSync(folder).filter((name) => name !== basename(servers.ownFile))
      if (others.every((name) => isDeadNow(join(folder, name)))) askToStop(postmaster)
      unlinkSync(servers.ownFile)
    })
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const { servers, lockNow, cluster, options } = this.#parts
    clearInterval(this.#watch)
    clearInterval(this.#bound)
    const lock = await lockNow()
    try {
      process.off('exit', this.#atExit)
      await servers.leave()
      if ((await servers.others()).length > 0) return
      // not the one we opened when that crashed and another server process brought it back
      const running = await findPostmaster(cluster)
      if (!running) return
      await stopPostmaster(cluster, running.postmaster, options.log)
      options.log.info({ pid: running.postmaster.pid }, 'Stopped the database')
    } finally {
      await lock.release()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
