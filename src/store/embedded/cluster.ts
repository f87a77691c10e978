import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { canEnter, type Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { EmbeddedDatabaseError, errnoOf, unlessErrno } from './errors.ts'
import { syncFolder, tailOf } from './files.ts'
import type { EmbeddedLog } from './log.ts'
import { isRunning, startOf, worksIn } from './processes.ts'

export const superuser = 'postgres'
const socketPort = 5432
const maxLogBytes = 10 * 1024 * 1024

/** Written to postgresql.conf once, so that the owner of an installation may change them there. */
const settings: Record<string, string> = {
  max_connections: '100',
  shared_buffers: '128MB',
  synchronous_commit: 'on',
  min_wal_size: '80MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  // compiling a plan takes longer than our short statements do
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // a refused statement is told to whoever sent it; the log is for what concerns the server
  log_min_messages: 'log',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
}

export interface Cluster {
  folder: string
  logFile: string
  binaries: Binaries
  account: Account | undefined
  transport: 'socket' | 'loopback'
}

export interface Postmaster {
  pid: number
  started: string
  host: string
  port: number
}

type Status = 'starting' | 'ready' | 'stopping'

function spawnOptions(cluster: Pick<Cluster, 'account'>) {
  // nothing of ours reaches it: PGDATA, PGOPTIONS and the like would change what it does
  const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
  if (process.platform === 'win32') env['SystemRoot'] = process.env['SystemRoot']
  const account = cluster.account ? { uid: cluster.account.uid, gid: cluster.account.gid } : {}
  return { env, cwd: process.platform === 'win32' ? undefined : '/', windowsHide: true, ...account }
}

function cannotRun(binary: string, error: unknown, account: Account | undefined): EmbeddedDatabaseError {
  const errno = errnoOf(error)
  let hint = ''
  if (errno === 'ENOENT' && existsSync(binary))
    hint = ' The binaries need glibc; on musl (Alpine) set DATABASE_URL instead.'
  if (errno === 'EPERM' && account)
    hint = ` This process may not change to user ${account.name}; start it as an ordinary user.`
  if (errno === 'EACCES' && account) hint = ` User ${account.name} cannot reach it.`
  const message = `Could not run ${binary}: ${error instanceof Error ? error.message : String(error)}.${hint}`
  return new EmbeddedDatabaseError('start_failed', message, { cause: error })
}

async function run(
  binary: string,
  args: string[],
  cluster: Pick<Cluster, 'account'>,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { ...spawnOptions(cluster), stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-4_096)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => reject(cannotRun(binary, error, cluster.account)))
    child.on('close', (code) => resolve({ code, output: output.trim() }))
  })
}

/** Whether there is a cluster in a folder. Throws for a folder that holds something else, or another version. */
export async function hasCluster(folder: string, binaries: Binaries): Promise<boolean> {
  const version = (await unlessErrno(['ENOENT'], readFile(join(folder, 'PG_VERSION'), 'utf8')))?.trim()
  if (version === undefined) {
    const names = await unlessErrno(['ENOENT'], readdir(folder))
    if (names === undefined || names.length === 0) return false
    throw new EmbeddedDatabaseError(
      'folder_unusable',
      `${folder} is not empty and holds no PostgreSQL database. Move it away, or choose another LOCKSTITCH_DATA_DIR.`,
    )
  }
  if (version !== binaries.major) {
    throw new EmbeddedDatabaseError(
      'wrong_version',
      `The database in ${folder} was made by PostgreSQL ${version}, and this Lockstitch brings PostgreSQL ${binaries.major}. ` +
        'Start the Lockstitch version that made it, write a backup with it, and restore that into a new data folder.',
    )
  }
  return true
}

/** Makes a cluster beside its place and moves it there complete, so that a crash on the way leaves none. */
export async function createCluster(cluster: Cluster, password: string, log: EmbeddedLog): Promise<void> {
  const parent = dirname(cluster.folder)
  for (const name of await readdir(parent)) {
    if (!name.startsWith('postgres.init-')) continue
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) => {
      log.warn({ err: error }, `Could not remove ${join(parent, name)}, left by an interrupted first start`)
    })
  }
  const staging = await mkdtemp(join(parent, 'postgres.init-'))
  try {
    const passwordFile = join(staging, 'password')
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    if (cluster.account) {
      await chown(passwordFile, cluster.account.uid, cluster.account.gid)
      await chown(staging, cluster.account.uid, cluster.account.gid)
    }
    const made = join(staging, 'data')
    const { code, output } = await run(
      cluster.binaries.initdb,
      [
        `--pgdata=${made}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--data-checksums',
        '--no-instructions',
        ...Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`),
      ],
      cluster,
    )
    if (code !== 0) {
      const named = /could not look up effective user ID/.test(output)
        ? ' This user id has no name: add it to /etc/passwd, or start Lockstitch as a user that has one.'
        : ''
      throw new EmbeddedDatabaseError('initdb_failed', `Could not create the database.${named} initdb said: ${output}`)
    }
    await rename(made, cluster.folder)
    await syncFolder(parent)
  } finally {
    await rm(staging, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function readPidFile(cluster: Cluster): Promise<string[] | undefined> {
  const text = await unlessErrno(['ENOENT'], readFile(join(cluster.folder, 'postmaster.pid'), 'utf8'))
  return text?.split('\n')
}

function parsePidFile(lines: string[]): { pid: number; port: number; host: string; status: Status } {
  const [pid = '', , , port = '', socketFolder = '', address = '', , status = ''] = lines.map((line) => line.trim())
  const host = socketFolder !== '' ? socketFolder : address === '*' || address === '' ? '127.0.0.1' : address
  const known = status === 'ready' || status === 'stopping' ? status : 'starting'
  return { pid: Number(pid), port: Number(port), host, status: known }
}

/** The running postmaster of a cluster, if there is one. */
export async function findPostmaster(
  cluster: Cluster,
): Promise<{ postmaster: Postmaster; status: Status } | undefined> {
  let lines = await readPidFile(cluster)
  // empty for the moment between its making and its writing, or for good after a crash just then
  for (let tries = 0; lines && lines.join('') === '' && tries < 100; tries++) {
    await sleep(10)
    lines = await readPidFile(cluster)
  }
  if (!lines) return undefined
  if (lines.join('') === '') {
    await unlessErrno(['ENOENT'], unlink(join(cluster.folder, 'postmaster.pid')))
    return undefined
  }
  const { pid, host, port, status } = parsePidFile(lines)
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return undefined
  if (!isRunning(pid) || worksIn(pid, cluster.folder) === false) {
    // PostgreSQL would take any process of that id for a living postmaster, but not its own parent. The rest
    // of the file stays, for by it PostgreSQL finds backends that outlived their postmaster.
    if (process.platform !== 'win32' && isPresent(pid)) {
      const path = join(cluster.folder, 'postmaster.pid')
      await writeFile(path, [String(process.pid), ...lines.slice(1)].join('\n'))
    }
    return undefined
  }
  return { postmaster: { pid, started: startOf(pid), host, port }, status }
}

function isPresent(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}

async function privateFolder(path: string, account: Account | undefined): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
    if (account) await chown(path, account.uid, account.gid)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') return false
  }
  // anyone may have made it, the temporary folder being open to all
  const info = await lstat(path)
  const uid = account?.uid ?? process.getuid?.()
  if (!info.isDirectory() || (info.uid !== uid && info.uid !== process.getuid?.())) return false
  if (account) await chown(path, account.uid, account.gid)
  await chmod(path, 0o700)
  // left by a crash; what it says of processes may by now be true of others
  for (const name of await readdir(path)) if (name.startsWith('.s.PGSQL.')) await unlink(join(path, name))
  return true
}

/** A folder for the socket: private, reachable, and short, for socket paths end at about a hundred bytes. */
async function socketFolder(cluster: Cluster): Promise<string | undefined> {
  if (process.platform === 'win32' || cluster.transport === 'loopback') return undefined
  const hash = createHash('sha256')
    .update(await realpath(cluster.folder))
    .digest('hex')
    .slice(0, 12)
  for (const base of new Set([tmpdir(), '/tmp'])) {
    for (const name of [`lockstitch-${hash}`, `lockstitch-${hash}-${randomBytes(4).toString('hex')}`]) {
      const path = join(base, name)
      if (Buffer.byteLength(join(path, `.s.PGSQL.${socketPort}`)) > 103) continue
      if (!(await canEnter(cluster.account, base))) continue
      if (await privateFolder(path, cluster.account)) return path
    }
  }
  return undefined
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Keeps the log at twice ten megabytes. PostgreSQL appends, so it may be cut while it is written. */
export async function boundLog(logFile: string, limit = maxLogBytes): Promise<void> {
  const info = await unlessErrno(['ENOENT'], stat(logFile))
  if (!info || info.size <= limit) return
  await copyFile(logFile, `${logFile}.1`)
  await truncate(logFile, 0)
}

export class StartRefused extends EmbeddedDatabaseError {
  /** Something is in the way that goes away by itself, such as backends that outlived their postmaster. */
  readonly mayPass: boolean

  constructor(output: string, cause?: unknown) {
    super('start_failed', `PostgreSQL did not start. Its log says: ${output}`, { cause })
    this.mayPass =
      /pre-existing shared memory block|could not bind|Address already in use|lock file ".*" already exists/.test(
        output,
      )
  }
}

/** Starts the postmaster and waits until it takes connections. */
export async function startPostmaster(cluster: Cluster, onSlow: () => void): Promise<Postmaster> {
  const folder = await socketFolder(cluster)
  const port = folder === undefined ? await freePort() : socketPort
  const flags: Record<string, string> = {
    listen_addresses: folder === undefined ? '127.0.0.1' : '',
    unix_socket_directories: folder === undefined ? '' : `"${folder}"`,
    unix_socket_permissions: '0700',
    fsync: 'on',
    full_page_writes: 'on',
    logging_collector: 'off',
    log_destination: 'stderr',
  }
  const args = ['-D', cluster.folder, '-p', String(port)]
  await boundLog(cluster.logFile)
  const logged = (await unlessErrno(['ENOENT'], stat(cluster.logFile)))?.size ?? 0
  const refused = async (cause?: unknown) =>
    new StartRefused((await tailOf(cluster.logFile, logged)) || 'nothing', cause)

  if (process.platform === 'win32') {
    // pg_ctl drops administrator rights, which PostgreSQL refuses
    const options = `-p ${port} -c listen_addresses=127.0.0.1 -c fsync=on -c full_page_writes=on`
    const { code } = await run(
      cluster.binaries.pgCtl,
      ['start', '-w', '-D', cluster.folder, '-l', cluster.logFile, '-o', options],
      cluster,
    )
    const found = code === 0 ? await findPostmaster(cluster) : undefined
    if (!found) throw await refused()
    return found.postmaster
  }

  for (const [name, value] of Object.entries(flags)) args.push('-c', `${name}=${value}`)
  const log = await open(cluster.logFile, 'a', 0o600)
  let child: ChildProcess
  let failure: Error | undefined
  try {
    // of its own session, so that Ctrl-C in a terminal reaches us and not it, and we stop it in order
    child = spawn(cluster.binaries.postgres, args, {
      ...spawnOptions(cluster),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    child.on('error', (error) => (failure = cannotRun(cluster.binaries.postgres, error, cluster.account)))
  } finally {
    await log.close()
  }
  child.unref()
  let told = performance.now()
  for (;;) {
    if (failure) throw failure
    if (child.exitCode !== null || child.signalCode !== null) throw await refused()
    const lines = await readPidFile(cluster)
    if (lines) {
      const { pid, host, status } = parsePidFile(lines)
      if (pid === child.pid && status === 'ready') return { pid, started: startOf(pid), host, port }
    }
    // recovery after a crash takes as long as it takes; the end of the process is the end of waiting
    if (performance.now() - told > 5_000) {
      told = performance.now()
      onSlow()
    }
    await sleep(4)
  }
}

function signal(postmaster: Postmaster, name: NodeJS.Signals): void {
  try {
    if (isRunning(postmaster.pid, postmaster.started)) process.kill(postmaster.pid, name)
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}

/** The fast shutdown of PostgreSQL: connections end, everything is written out. */
export function askToStop(postmaster: Postmaster): void {
  signal(postmaster, 'SIGINT')
}

async function hasEnded(postmaster: Postmaster, within: number): Promise<boolean> {
  const until = performance.now() + within
  while (isRunning(postmaster.pid, postmaster.started)) {
    if (performance.now() > until) return false
    await sleep(5)
  }
  return true
}

export async function waitForEnd(postmaster: Postmaster, onSlow: () => void): Promise<void> {
  while (!(await hasEnded(postmaster, 5_000))) onSlow()
}

export async function stopPostmaster(cluster: Cluster, postmaster: Postmaster, log: EmbeddedLog): Promise<void> {
  if (process.platform === 'win32') {
    const stop = (mode: string) =>
      run(cluster.binaries.pgCtl, ['stop', '-w', '-t', '10', '-m', mode, '-D', cluster.folder], cluster)
    if ((await stop('fast')).code !== 0) await stop('immediate')
    if (isRunning(postmaster.pid)) throw stillRunning(postmaster)
    return
  }
  askToStop(postmaster)
  if (!(await hasEnded(postmaster, 10_000))) {
    log.warn(
      { pid: postmaster.pid },
      'The database did not stop within 10 s: stopping it at once, it recovers at its next start',
    )
    signal(postmaster, 'SIGQUIT')
    if (!(await hasEnded(postmaster, 10_000))) throw stillRunning(postmaster)
  }
  if (basename(postmaster.host).startsWith('lockstitch-')) {
    await rm(postmaster.host, { recursive: true, force: true }).catch((error: unknown) => {
      log.warn({ err: error }, `Could not remove the socket folder ${postmaster.host}`)
    })
  }
}

function stillRunning(postmaster: Postmaster): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(
    'stop_failed',
    `The database (process ${postmaster.pid}) does not stop. Look at what it waits for; the next start takes it over.`,
  )
}
