/** Puts everything together: one process with database, API and workers, as an AsyncDisposable so that tests can start many. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { FurtherHandles } from './api/accepting.ts'
import { operations } from './api/operations.ts'
import { readContract } from './api/contract.ts'
import { Live } from './api/console/live.ts'
import { PasswordCheck } from './api/console/sign-in.ts'
import { consolePage, consoleRedirect } from './api/console_page.ts'
import { createHttp, type Page } from './api/http.ts'
import type { Services } from './api/operation.ts'
import { toIso, type Clock } from './clock.ts'
import type { Config } from './config.ts'
import { plainDescription } from './domain/events.ts'
import { makeToken, parseToken } from './domain/tokens.ts'
import { newWorkspace } from './domain/workspaces/create.ts'
import { BASE58, type Ids } from './ids.ts'
import type { Log } from './log.ts'
import { PrometheusMetrics } from './management/metrics.ts'
import { openTracing } from './management/tracing.ts'
import { Readiness } from './management/readiness.ts'
import { serveManagement } from './management/server.ts'
import { ACCOUNT_DELETION, runAccountDeletion } from './provisioning/account-deletion.ts'
import { runGrantDoors } from './provisioning/grant-doors.ts'
import { AuditChainer } from './provisioning/audit-chainer.ts'
import { IDENTITY_ERASURE, runErasure } from './provisioning/erasure.ts'
import { IDENTITY_DELETION, runIdentityDeletion } from './provisioning/identity-deletion.ts'
import { Provisioning } from './provisioning/provisioning.ts'
import { Worker, type JobHandler } from './provisioning/worker.ts'
import { settle } from './provisioning/workspace-clock.ts'
import { Sandbox } from './sandbox/sandbox.ts'
import { firstSandbox, insertApiKey, insertPersonalAccessToken, insertUser, insertWorkspace } from './store/accounts.ts'
import { sweepConsole } from './store/console-sessions.ts'
import { openEmbeddedDatabase, type EmbeddedDatabase } from './store/embedded/index.ts'
import { sweepIdempotencyRecords } from './store/idempotency.ts'
import { JobAnnouncer, JobListener } from './store/job-announcements.ts'
import { ChangeAnnouncer } from './store/live.ts'
import { migrate, MIGRATIONS } from './store/migrate.ts'
import { hashPassword } from './store/passwords.ts'
import { Sealer } from './store/sealer.ts'
import { secretKeyOf } from './store/secret-key.ts'
import { SignIn } from './store/sign-in.ts'
import { Store } from './store/store.ts'
import { SystemLeases } from './store/system-leases.ts'
import { accountsThere, makeAccount, ownerOf } from './store/users.ts'
import { sweepWebhookAttempts } from './store/webhooks.ts'
import { Workspaces } from './store/workspaces.ts'
import { drivers } from './systems/registry.ts'
import { noTracing, type Tracing } from './trace.ts'
import { WebhookDelivery } from './webhooks/deliver.ts'
import { connectWebviewPage } from './api/connect_webviews/view.ts'
import { docsPages, operationDescriptions } from './api/docs_pages.ts'
import { instantKeyPage } from './api/instant_key_page.ts'
import { robotsPage } from './api/robots_page.ts'

const CONTRACT = fileURLToPath(new URL('../contract/generated', import.meta.url))

export interface ServerOptions {
  config: Config
  clock: Clock
  ids: Ids
  log: Log
  /** Told what takes longer than a moment. */
  onProgress?: (what: string) => void
  /** Connections accepted in one turn of the event loop; more than one takes a process of a moment. */
  acceptsAtOnce?: number
  /** Tests look at every answer of an operation before it is sent. */
  onAnswer?: (path: string, body: Record<string, unknown>) => void
}

/** A running server. */
export interface Server extends AsyncDisposable {
  /** Base URL, without a trailing slash; empty without the role `api`. */
  url: string
  /** Key of the first sandbox workspace, if this installation's data folder holds it. */
  sandboxApiKey: string | null
  personalAccessToken: string | null
  /** Of the first account of the console; null when it is not in this data folder, or has been changed. */
  consolePassword: string | null
  sandboxWorkspaceId: string
  services: Services
  /** Where metrics and health are served; null = they are not. */
  managementPort: number | null
  stop(): Promise<void>
}

/** Starts a server. @throws ConfigError, EmbeddedDatabaseError, MigrationError with a sentence for the operator */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { config, clock, ids, log } = options
  const stack = new AsyncDisposableStackLite()
  try {
    await mkdir(config.dataDir, { recursive: true })
    const connection = await openDatabase(options, stack)
    await migrate(connection, MIGRATIONS, log)
    const contract = readContract(CONTRACT)
    const eventDescriptions = new Map([...contract.eventTypes].map(([type, text]) => [type, plainDescription(text)]))
    const store = await Store.open({ connection, clock, ids, log, eventDescriptions })
    stack.use(store)
    let tracing: Tracing = noTracing
    if (config.tracing !== null) {
      const opened = await openTracing(config.tracing, config.roles, log, clock)
      stack.use(opened)
      tracing = opened
    }
    const announcer = new ChangeAnnouncer(store, log)
    store.onChange((workspaceId, change) => announcer.written(workspaceId, change))
    const metrics = new PrometheusMetrics()
    metrics.watchJobs(store, clock)
    const readiness = new Readiness(store)
    const workspaces = new Workspaces(store)
    const signIn = new SignIn(store, workspaces, connection, log)
    stack.use(signIn)
    await signIn.listen()
    const sealer = new Sealer(
      config.secretKey ?? (await secretKeyOf(config.dataDir, ids)),
      ids,
      config.previousSecretKeys,
    )
    // The private database too may be shared: by the processes on its data folder.
    const leases = new SystemLeases(store, log)
    stack.use(leases)
    const provisioning = new Provisioning({ store, workspaces, sealer, clock, ids, log, metrics, drivers, leases })
    stack.use(provisioning)
    const sandbox = new Sandbox({ store, workspaces, clock, ids, log, metrics, drivers })

    const mayCallLoopback = isLoopback(config.host)
    const { allowedPrivateHosts } = config
    // Webhooks have a worker of their own: slow receivers never hold up doors and cards.
    const webhooks = new WebhookDelivery({
      store,
      workspaces,
      sealer,
      clock,
      log,
      metrics,
      allowedPrivateHosts,
      mayCallLoopback,
    })
    stack.use(webhooks)
    const deliveries = new Map<string, JobHandler>([['deliver_webhook', (run) => webhooks.run(run)]])
    const machine = { store, workspaces, clock, log, metrics, tracing }
    const webhookWorker = new Worker({ ...machine, handlers: deliveries, concurrency: 256 })
    const handlers = new Map<string, JobHandler>(provisioning.handlers())
    const grantDoors = {
      store,
      workspaces,
      ids,
      seal: (text: string) => sealer.seal(text),
      definitionOf: (provider: string) => provisioning.definitionOf(provider),
    }
    handlers.set('grant_doors', (run) => runGrantDoors(run, grantDoors))
    handlers.set(IDENTITY_DELETION, (run) => runIdentityDeletion(run, grantDoors))
    handlers.set(ACCOUNT_DELETION, (run) => runAccountDeletion(run, { ...grantDoors, provisioning }))
    handlers.set(IDENTITY_ERASURE, (run) => runErasure(run, { ...grantDoors, sealer }))
    const worker = new Worker({ ...machine, handlers, companion: webhookWorker })
    const clockTools = { store, workspaces, worker }
    const services: Services = {
      store,
      workspaces,
      signIn,
      sealer,
      passwords: new PasswordCheck(store, clock, log),
      clock,
      ids,
      log,
      contract,
      provisioning,
      sandbox,
      webhooks,
      clockTools,
      publicUrl: config.publicUrl ?? '',
      mayCallLoopback,
      allowedPrivateHosts,
      limits: config,
      metrics,
      tracing,
      readiness,
      whenProvisioned: (workspaceId, systemIds) => provisioning.whenProvisioned(workspaceId, systemIds, worker),
      seedSandbox: (workspaceId) => provisioning.seedSandbox(workspaceId),
      settle: (workspaceId, timeoutMs) => settle(clockTools, workspaceId, timeoutMs),
    }
    // Two processes that start at once on an empty database make one sandbox workspace.
    const first = await alone(connection, FIRST_START_LOCK, () => firstStart(options, services))

    if (config.roles.has('worker')) {
      store.onJobs(worker)
      worker.start()
      webhookWorker.start()
      // Both at once: a stop has 10 s in all.
      stack.defer(async () => void (await Promise.all([worker.stop(), webhookWorker.stop()])))
      const listener = new JobListener(connection, worker)
      const chainer = new AuditChainer(store, log)
      chainer.start()
      provisioning.tellings.start()
      stack.use(chainer)
      stack.use(listener)
      await listener.listen()
      const sweep = setInterval(() => {
        const now = toIso(clock.now())
        Promise.all([
          sweepIdempotencyRecords(store, now),
          sweepWebhookAttempts(store, now),
          sweepConsole(store, clock.now()),
        ]).catch((error: unknown) => log.warn({ err: String(error) }, 'sweeping what has expired failed'))
      }, SWEEP_EVERY_MS)
      sweep.unref()
      stack.defer(() => Promise.resolve(clearInterval(sweep)))
    } else store.onJobs(new JobAnnouncer(store, log))
    let managementPort: number | null = null
    if (config.managementPort !== null) {
      const management = await serveManagement({ host: config.host, port: config.managementPort }, metrics, readiness)
      stack.use(management)
      managementPort = management.port
    }
    let url = ''
    if (config.roles.has('api')) {
      const live = new Live(services, connection)
      stack.use(live)
      const pages: Page[] = [
        instantKeyPage(services),
        connectWebviewPage(services),
        docsPages(services),
        robotsPage(),
        live,
      ]
      if (config.roles.has('console')) pages.push(consolePage(services), consoleRedirect)
      const descriptions = operationDescriptions()
      const app = createHttp({ services, operations, pages, descriptions, onAnswer: options.onAnswer })
      await app.listen({ host: config.host, port: config.port, backlog: BACKLOG })
      const further = FurtherHandles.of(app.server, { count: options.acceptsAtOnce ?? 1, backlog: BACKLOG, log })
      stack.defer(async () => {
        await (await further).close()
        await app.close()
      })
      const { port } = app.server.address() as AddressInfo
      url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
      if (services.publicUrl === '') services.publicUrl = url
    }
    const stop = (): Promise<void> => {
      readiness.stop()
      return stack.dispose()
    }
    return { url, managementPort, ...first, services, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stack.dispose()
    throw error
  }
}

/** The private database, or the one DATABASE_URL names. */
async function openDatabase(
  { config, log, onProgress }: ServerOptions,
  stack: AsyncDisposableStackLite,
): Promise<pg.ClientConfig> {
  if (config.databaseUrl !== null) return { connectionString: config.databaseUrl }
  let database: EmbeddedDatabase | null = null
  let isStopping = false
  const open = async (): Promise<EmbeddedDatabase> => {
    const opened = await openEmbeddedDatabase({
      dataDir: config.dataDir,
      log,
      ...(onProgress === undefined ? {} : { onProgress }),
      // The database went down under us: it is started again, and the clients reconnect.
      onCrash: () => {
        if (isStopping) return
        log.error({}, 'PostgreSQL ended unexpectedly; starting it again')
        void reopen()
      },
    })
    database = opened
    return opened
  }
  const reopen = async (): Promise<void> => {
    try {
      await database?.stop()
      await open()
    } catch (error) {
      log.error({ err: String(error) }, 'PostgreSQL could not be started again')
    }
  }
  const { admin } = await open()
  stack.defer(async () => {
    isStopping = true
    await database?.stop()
  })
  return admin
}

/** How often what has expired is swept away: idempotency records, the log of webhooks (milliseconds of real time). */
const SWEEP_EVERY_MS = 3_600_000

/** Connections that wait to be accepted, at most (src/api/accepting.ts). The kernel has a bound of its own, often this. */
const BACKLOG = 4096

/** One number for "the first start of Lockstitch", taken as an advisory lock meanwhile. */
const FIRST_START_LOCK = 7_106_115_117

/** Runs `work` while no other process of this database does. */
async function alone<T>(connection: pg.ClientConfig, lock: number, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lock])
    return await work()
  } finally {
    await client.end()
  }
}

/** On the first start a sandbox workspace is made, with its virtual systems and a key that only the owner can read. */
async function firstStart(
  { config, clock, ids, onProgress }: ServerOptions,
  services: Services,
): Promise<Pick<Server, 'sandboxApiKey' | 'personalAccessToken' | 'consolePassword' | 'sandboxWorkspaceId'>> {
  const { store } = services
  const keyFile = join(config.dataDir, 'sandbox-api-key')
  const patFile = join(config.dataDir, 'personal-access-token')
  const now = toIso(clock.now())
  let workspaceId = await firstSandbox(store)
  if (workspaceId === undefined) {
    onProgress?.('making the first sandbox workspace')
    const userId = ids.uuid()
    await insertUser(store, userId, now)
    const pat = makeToken('personal_access_token', ids)
    await insertPersonalAccessToken(store, ids.uuid(), userId, 'first start', pat, now)
    const workspace = newWorkspace({ name: 'Sandbox', company_name: 'Lockstitch', is_sandbox: true }, ids, now)
    workspaceId = workspace.workspace_id
    await insertWorkspace(store, workspace, userId)
    const key = config.sandboxApiKey === null ? makeToken('sandbox_api_key', ids) : parseToken(config.sandboxApiKey)
    await insertApiKey(store, workspaceId, ids.uuid(), 'sandbox', key, now)
    await services.seedSandbox(workspaceId)
    await writeSecret(keyFile, key.text)
    await writeSecret(patFile, pat.text)
  } else if (config.sandboxApiKey !== null) {
    await insertApiKey(store, workspaceId, ids.uuid(), 'sandbox', parseToken(config.sandboxApiKey), now)
  }
  const passwordFile = join(config.dataDir, 'console-password')
  const accounts = await accountsThere(store)
  if (!accounts.any) await makeFirstAccount(store, ids, workspaceId, passwordFile, now)
  return {
    // A password that has been changed is in no file.
    consolePassword: !accounts.any || accounts.first ? await readSecret(passwordFile) : null,
    sandboxApiKey: config.sandboxApiKey ?? (await readSecret(keyFile)),
    personalAccessToken: await readSecret(patFile),
    sandboxWorkspaceId: workspaceId,
  }
}

/** Who signs in to the console first: whoever can read the data folder. An older installation gets the account as well. */
export const FIRST_ACCOUNT = 'owner@lockstitch.local'

async function makeFirstAccount(
  store: Store,
  ids: Ids,
  workspaceId: string,
  passwordFile: string,
  now: string,
): Promise<void> {
  const password = ids.text(20, BASE58)
  // Written first: an account whose password nobody has is none.
  await writeSecret(passwordFile, password)
  await makeAccount(
    store,
    {
      user_id: (await ownerOf(store, workspaceId)) ?? ids.uuid(),
      email_address: FIRST_ACCOUNT,
      full_name: 'Owner',
      password_hash: await hashPassword(password),
      has_first_password: true,
    },
    now,
  )
}

async function writeSecret(file: string, text: string): Promise<void> {
  await writeFile(file, `${text}\n`, { mode: 0o600 })
  await chmod(file, 0o600)
}

async function readSecret(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch {
    return null
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** What was opened is closed in the opposite order, once. */
class AsyncDisposableStackLite {
  readonly #closers: (() => PromiseLike<void>)[] = []

  use(resource: AsyncDisposable): void {
    this.#closers.push(() => resource[Symbol.asyncDispose]())
  }

  defer(close: () => PromiseLike<void>): void {
    this.#closers.push(close)
  }

  async dispose(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) await close()
  }
}
