import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openEmbeddedDatabase, type EmbeddedDatabase, type EmbeddedDatabaseOptions } from './index.ts'
import { isRunning, thisProcess } from './processes.ts'

const root = process.getuid?.() === 0
const repository = fileURLToPath(new URL('../../../', import.meta.url))
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

let fixture = ''
let dataDir = ''
const folders: string[] = []
const children: ChildProcess[] = []
const opened: EmbeddedDatabase[] = []

beforeAll(async () => {
  // below the repository, for the packages it imports
  await mkdir(join(repository, 'node_modules/.cache'), { recursive: true })
  fixture = join(await mkdtemp(join(repository, 'node_modules/.cache/embedded-test-')), 'fixture.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('fixture.ts', import.meta.url))],
    outfile: fixture,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
  })
})

afterAll(async () => {
  await rm(dirname(fixture), { recursive: true, force: true })
})

async function newDataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstitch-test-'))
  // as root, PostgreSQL runs as another user, who must get through
  await chmod(folder, 0o755)
  folders.push(folder)
  return join(folder, 'data')
}

async function clusterOf(folder: string): Promise<string> {
  const location = await readFile(join(folder, 'postgres-location'), 'utf8').catch(() => undefined)
  return location?.trim() ?? join(folder, 'postgres')
}

async function postmasterOf(folder: string): Promise<number | undefined> {
  const text = await readFile(join(await clusterOf(folder), 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return pid > 1 && pid !== process.pid && isRunning(pid) ? pid : undefined
}

async function until(what: string, check: () => boolean | Promise<boolean>, within = 15_000): Promise<void> {
  const deadline = performance.now() + within
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`Waited too long: ${what}`)
    await sleep(5)
  }
}

async function open(options: Partial<EmbeddedDatabaseOptions> = {}): Promise<EmbeddedDatabase> {
  const database = await openEmbeddedDatabase({ dataDir, log: quiet, ...options })
  opened.push(database)
  return database
}

async function query<T extends pg.QueryResultRow>(connectionString: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

interface Server {
  child: ChildProcess
  open: { pid: number; ownedByUs: boolean; connectionString: string }
}

type Message = Partial<Server> & { progress?: string; failed?: string; crashed?: boolean }

function startServer(onMessage: (message: Message) => void = () => undefined): {
  child: ChildProcess
  ready: Promise<Server>
} {
  const child = spawn(process.execPath, [fixture, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const ready = new Promise<Server>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as Message
      onMessage(message)
      if (message.open) resolve({ child, open: message.open })
      if (message.failed) reject(new Error(message.failed))
    })
    child.on('exit', () => reject(new Error('the server process ended')))
  })
  // a test that kills it on the way does not wait for it
  ready.catch(() => undefined)
  return { child, ready }
}

async function end(child: ChildProcess, how: 'stop' | 'exit' | 'kill'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  if (how === 'kill') child.kill('SIGKILL')
  else child.stdin?.write(`${how}\n`)
  await exited
}

afterEach(async () => {
  for (const child of children.splice(0)) await end(child, 'kill')
  for (const database of opened.splice(0)) await database.stop()
  const left: string[] = []
  for (const folder of folders.splice(0)) {
    const pid = await postmasterOf(join(folder, 'data'))
    if (pid !== undefined) {
      left.push(`${pid} in ${folder}`)
      process.kill(pid, 'SIGQUIT')
      await until('a postmaster left behind ends', () => !isRunning(pid))
    }
    await rm(folder, { recursive: true, force: true })
  }
  expect(left).toEqual([])
})

test('the first start makes a safe cluster and later starts are quick', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const first = performance.now()
  const database = await open()
  expect(performance.now() - first).toBeLessThan(20_000)
  expect(database.ownedByUs).toBe(true)
  const [set] = await query<Record<string, string>>(
    database.connectionString,
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
            current_setting('data_checksums') AS checksums, current_setting('server_encoding') AS encoding,
            current_setting('listen_addresses') AS addresses, current_database() AS name,
            (SELECT datlocale FROM pg_database WHERE datname = current_database()) AS locale`,
  )
  expect(set).toEqual({
    fsync: 'on',
    commit: 'on',
    checksums: 'on',
    encoding: 'UTF8',
    addresses: '',
    name: 'lockstitch',
    locale: 'C.UTF-8',
  })
  expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600)
  expect((await stat(database.admin.host)).mode & 0o777).toBe(0o700)
  await expect(query(database.connectionString.replace(database.admin.password, 'guess'), 'SELECT 1')).rejects.toThrow(
    /password authentication failed/,
  )
  await database.stop()
  await database.stop()
  expect(existsSync(database.admin.host)).toBe(false)

  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const from = performance.now()
    const again = await open()
    times.push(performance.now() - from)
    await again.stop()
  }
  console.log(`later starts: ${times.map((time) => time.toFixed(0)).join(', ')} ms`)
  expect(Math.min(...times)).toBeLessThan(500)
  expect(await readdir(join(dataDir, 'servers'))).toEqual([])
  expect((await readdir(dataDir)).filter((name) => name.includes('lock') || name.includes('init'))).toEqual([])
})

test('after kill -9 of the postmaster a restart has every committed row', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const crashes: Error[] = []
  const database = await open({ onCrash: (error) => crashes.push(error) })
  await query(database.connectionString, 'CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)')
  process.kill(database.pid, 'SIGKILL')
  await until('the crash is told', () => crashes.length > 0)
  expect(crashes[0]?.message).toMatch(/ended without having been asked to/)
  await database.stop()

  const again = await open()
  expect(again.admin).toEqual(database.admin)
  expect(await query(again.connectionString, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 1000 }])
  expect(crashes).toHaveLength(1)
})

test('a database left by a killed server process is taken over', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const server = await startServer().ready
  await query(server.open.connectionString, 'CREATE TABLE kept AS SELECT 42 AS n')
  await end(server.child, 'kill')
  expect(isRunning(server.open.pid)).toBe(true)

  const database = await open()
  expect(database.pid).toBe(server.open.pid)
  expect(database.ownedByUs).toBe(true)
  expect(await query(database.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
  await database.stop()
  expect(isRunning(server.open.pid)).toBe(false)
})

test('a database left running without its socket is restarted', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const server = await startServer().ready
  await query(server.open.connectionString, 'CREATE TABLE kept AS SELECT 42 AS n')
  await end(server.child, 'kill')
  const host = decodeURIComponent(/@([^:]+):/.exec(server.open.connectionString)?.[1] ?? '')
  await rm(host, { recursive: true })

  const database = await open()
  expect(database.pid).not.toBe(server.open.pid)
  expect(isRunning(server.open.pid)).toBe(false)
  expect(await query(database.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
})

test(
  'after kill -9 of everything it recovers, even when the process id means another process',
  { timeout: 60_000 },
  async () => {
    dataDir = await newDataDir()
    const server = await startServer().ready
    await query(server.open.connectionString, 'CREATE TABLE kept AS SELECT 42 AS n')
    await end(server.child, 'kill')
    process.kill(server.open.pid, 'SIGKILL')
    await until('the postmaster is gone', () => !isRunning(server.open.pid))

    const owner = await stat(join(dataDir, 'postgres'))
    const other = spawn('sleep', ['600'], { cwd: '/', ...(root ? { uid: owner.uid, gid: owner.gid } : {}) })
    try {
      const pidFile = join(dataDir, 'postgres/postmaster.pid')
      const lines = (await readFile(pidFile, 'utf8')).split('\n')
      await writeFile(pidFile, [String(other.pid), ...lines.slice(1)].join('\n'))
      const database = await open()
      expect(await query(database.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
      await database.stop()
      expect(isRunning(other.pid ?? 0)).toBe(true)

      // cut off between the making of the file and its writing
      await writeFile(pidFile, '')
      if (root) await chown(pidFile, owner.uid, owner.gid)
      const again = await open()
      expect(await query(again.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
    } finally {
      other.kill('SIGKILL')
    }
  },
)

test('two server processes share a database and the last one stops it', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const first = await startServer().ready
  const second = await startServer().ready
  expect(first.open.ownedByUs).toBe(true)
  expect(second.open).toEqual({ ...first.open, ownedByUs: false })
  await end(first.child, 'stop')
  expect(await query(second.open.connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  const third = await startServer().ready
  await end(second.child, 'kill')
  expect(await query(third.open.connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  await end(third.child, 'stop')
  expect(isRunning(first.open.pid)).toBe(false)
})

test('one process may open it twice', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const first = await open()
  const second = await open()
  expect(second.pid).toBe(first.pid)
  await first.stop()
  expect(await query(second.connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
})

test(
  'when it crashed and another process brought it back, the last one still stops it',
  { timeout: 60_000 },
  async () => {
    dataDir = await newDataDir()
    let told = false
    const database = await open({ onCrash: () => (told = true) })
    process.kill(database.pid, 'SIGKILL')
    await until('the crash is told', () => told)
    const server = await startServer().ready
    expect(server.open.pid).not.toBe(database.pid)
    await end(server.child, 'stop')
    expect(isRunning(server.open.pid)).toBe(true)
    await database.stop()
    expect(isRunning(server.open.pid)).toBe(false)
  },
)

test('processes that start at once on nothing end up on one cluster', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const servers = await Promise.all([startServer().ready, startServer().ready, startServer().ready])
  expect(new Set(servers.map((server) => server.open.connectionString)).size).toBe(1)
  expect(new Set(servers.map((server) => server.open.pid)).size).toBe(1)
  expect(servers.filter((server) => server.open.ownedByUs)).toHaveLength(1)
  await Promise.all(servers.map((server) => end(server.child, 'stop')))
  expect(await postmasterOf(dataDir)).toBeUndefined()
})

test('processes that come and go at once never lose the database', { timeout: 120_000 }, async () => {
  dataDir = await newDataDir()
  const keep = await open()
  await query(keep.connectionString, 'CREATE TABLE kept (n int)')
  await keep.stop()
  const visit = async (n: number) => {
    for (let round = 0; round < 3; round++) {
      const server = await startServer().ready
      await query(server.open.connectionString, `INSERT INTO kept VALUES (${n})`)
      await end(server.child, round === 1 ? 'kill' : 'stop')
    }
  }
  await Promise.all([visit(1), visit(2), visit(3)])
  const database = await open()
  expect(await query(database.connectionString, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 9 }])
})

test('a process that ends without stopping it still takes it along', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const server = await startServer().ready
  await end(server.child, 'exit')
  await until('the database stops', () => !isRunning(server.open.pid))
  expect(await readdir(join(dataDir, 'servers'))).toEqual([])
  expect((await open()).admin.host).not.toBe('')
})

test('stale locks and entries are cleared away', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  await (await open()).stop()
  const own = thisProcess()
  const stale = {
    'gone process': JSON.stringify({ ...own, pid: 2 ** 22 + 1, token: 'a' }),
    'reused process id': JSON.stringify({ ...own, started: '1', token: 'b' }),
    'cut short': '{"pid":',
    empty: '',
  }
  for (const text of Object.values(stale)) {
    await writeFile(join(dataDir, 'postgres.lock'), text)
    await writeFile(join(dataDir, 'postgres.lock.break'), text)
    await writeFile(join(dataDir, 'servers', 'stale'), text)
    const database = await open()
    expect(database.ownedByUs).toBe(true)
    await database.stop()
    expect(isRunning(database.pid)).toBe(false)
  }
})

test(
  'a server in another container or on another machine keeps us out while it lives',
  { timeout: 60_000 },
  async () => {
    dataDir = await newDataDir()
    await (await open()).stop()
    const entry = join(dataDir, 'servers', '1-foreign')
    await writeFile(entry, JSON.stringify({ machine: 'another', host: 'elsewhere', pid: 1, started: '5', token: 'f' }))
    const touching = setInterval(() => void utimes(entry, new Date(), new Date()).catch(() => undefined), 100)
    try {
      await expect(open()).rejects.toThrow(/in use by a server in another container.*elsewhere/)
    } finally {
      clearInterval(touching)
    }
    const longAgo = new Date(Date.now() - 3_600_000)
    await utimes(entry, longAgo, longAgo)
    const database = await open()
    expect(database.ownedByUs).toBe(true)
    expect(existsSync(entry)).toBe(false)
  },
)

test('a first start that was cut off is begun anew', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const killAt = async (progress: string) => {
    const { child } = startServer((message) => {
      if (message.progress === progress) child.kill('SIGKILL')
    })
    await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
  }
  await killAt('making the database')
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
  await mkdir(join(dataDir, 'postgres.init-left', 'data'), { recursive: true })
  await writeFile(join(dataDir, 'postgres.init-left', 'data', 'PG_VERSION'), '18\n')
  await mkdir(join(dataDir, 'postgres'))
  // with the cluster made, and PostgreSQL perhaps on its way up
  await killAt('starting the database')

  const database = await open()
  expect(await query(database.connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  expect((await readdir(dataDir)).filter((name) => name.includes('init-'))).toEqual([])
})

test('a restart waits for backends that outlive a killed postmaster', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  let told = false
  const database = await open({ onCrash: () => (told = true) })
  const busy = new pg.Client({ connectionString: database.connectionString })
  busy.on('error', () => undefined)
  await busy.connect()
  const [backend] = (await busy.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows
  // computes without a pause, so it does not notice that the postmaster is gone
  const long = `DO $$ DECLARE until timestamptz := clock_timestamp() + '1.5 s';
    BEGIN WHILE clock_timestamp() < until LOOP END LOOP; END $$`
  const answer = busy.query(long).catch(() => undefined)
  await until('the backend is busy', async () => {
    const sql = `SELECT state FROM pg_stat_activity WHERE pid = ${backend?.pid}`
    return (await query<{ state: string }>(database.connectionString, sql))[0]?.state === 'active'
  })
  process.kill(database.pid, 'SIGKILL')
  await until('the crash is told', () => told)
  expect(isRunning(backend?.pid ?? 0)).toBe(true)
  await database.stop()

  const again = await open()
  expect(isRunning(backend?.pid ?? 0)).toBe(false)
  expect(await query(again.connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).toMatch(/pre-existing shared memory block/)
  await answer
  await busy.end().catch(() => undefined)
})

test('what cannot work is said clearly', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  await (await open()).stop()
  const version = join(dataDir, 'postgres/PG_VERSION')
  await writeFile(version, '17\n')
  await expect(open()).rejects.toThrow(/was made by PostgreSQL 17, and this Lockstitch brings PostgreSQL 18/)
  await rm(version)
  await expect(open()).rejects.toThrow(/is not empty and holds no PostgreSQL database/)
  await writeFile(version, '18\n')

  const passwordFile = join(dataDir, 'postgres-password')
  const password = await readFile(passwordFile, 'utf8')
  await rm(passwordFile)
  await expect(open()).rejects.toThrow(/password file .* is missing/)
  await writeFile(passwordFile, 'another\n')
  await expect(open()).rejects.toThrow(/does not take the password/)
  await writeFile(passwordFile, password)

  const conf = join(dataDir, 'postgres/postgresql.conf')
  const text = await readFile(conf, 'utf8')
  await writeFile(conf, `${text}\nno_such_setting = 1\n`)
  await expect(open()).rejects.toThrow(/did not start. Its log says: .*no_such_setting/)
  await writeFile(conf, text)
  expect(await readdir(join(dataDir, 'servers'))).toEqual([])

  const database = await open()
  expect(await query(database.connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
})

test('a loopback port serves where a socket cannot', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  const database = await open({ transport: 'loopback' })
  expect(database.admin.host).toBe('127.0.0.1')
  expect(await query(database.connectionString, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  const joined = await startServer().ready
  expect(joined.open.connectionString).toBe(database.connectionString)
  await end(joined.child, 'stop')
})

test.runIf(root)('as root, a data folder that PostgreSQL cannot reach works', { timeout: 60_000 }, async () => {
  dataDir = await newDataDir()
  await chmod(dirname(dataDir), 0o700)
  const warnings: string[] = []
  const database = await open({ log: { ...quiet, warn: (_, message) => warnings.push(message) } })
  const home = dirname(database.folder)
  try {
    expect(database.folder).toMatch(/^\/var\/lib\/lockstitch\/data-[0-9a-f]{8}\/postgres$/)
    expect(warnings.join()).toContain(`the database is kept in ${database.folder}`)
    await query(database.connectionString, 'CREATE TABLE kept AS SELECT 42 AS n')
    await database.stop()

    const copy = `${dataDir}-copy`
    await cp(dataDir, copy, { recursive: true })
    await expect(open({ dataDir: copy })).rejects.toThrow(/is a copy of .*must not share it/)

    const again = await open()
    expect(again.folder).toBe(database.folder)
    expect(await query(again.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
    await again.stop()
  } finally {
    for (const one of opened.splice(0)) await one.stop()
    await rm(home, { recursive: true, force: true })
  }
})
