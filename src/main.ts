/** `npm start`: the environment is read, the server started, and what a newcomer needs is printed. */
import { join } from 'node:path'
import pino from 'pino'
import { ConfigError, readConfig } from './config.ts'
import { FIRST_ACCOUNT, startServer } from './server.ts'
import { EmbeddedDatabaseError } from './store/embedded/index.ts'
import { MigrationError } from './store/migrate.ts'
import { systemClock, systemIds } from './system-clock.ts'

const startedAt = performance.now()

/** So that a flood of connections comes as far as the limits, and is told to come back later. */
const ACCEPTS_AT_ONCE = 32

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = pino({
    level: config.logLevel,
    base: undefined,
    redact: ['code', 'token', 'card_number', 'secret', 'password'],
  })
  const server = await startServer({
    config,
    clock: systemClock,
    ids: systemIds,
    log,
    acceptsAtOnce: ACCEPTS_AT_ONCE,
    onProgress: (what) => console.log(`  ${what} ...`),
  })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (server.url !== '') {
    console.log(
      [
        '',
        `Lockstitch is ready after ${seconds} s.`,
        `  Base URL   ${server.services.publicUrl}`,
        ...(config.roles.has('console')
          ? [
              `  Console    ${server.services.publicUrl}/console${server.consolePassword === null ? '' : `   (${FIRST_ACCOUNT}; password in ${join(config.dataDir, 'console-password')})`}`,
            ]
          : []),
        `  API key    ${server.sandboxApiKey ?? '(not kept here: it was set elsewhere)'}   (sandbox; kept in ${join(config.dataDir, 'sandbox-api-key')})`,
        `  Docs       ${server.services.publicUrl}/docs/first-steps`,
        `  Contract   ${server.services.publicUrl}/openapi.json`,
        '  Stop with Ctrl-C.',
        '',
      ].join('\n'),
    )
  } else console.log(`Lockstitch works as ${[...config.roles].join(', ')}; ready after ${seconds} s.`)

  let isStopping = false
  const stop = (signal: string): void => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping')
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: String(error) }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
}

main().catch((error: unknown) => {
  const isForOperator =
    error instanceof ConfigError || error instanceof EmbeddedDatabaseError || error instanceof MigrationError
  const isPortTaken = (error as { code?: string } | null)?.code === 'EADDRINUSE'
  if (isForOperator) console.error(`Lockstitch cannot start: ${error.message}`)
  else if (isPortTaken)
    console.error('Lockstitch cannot start: the port is in use. Set PORT to another one (0 = any free port).')
  else console.error('Lockstitch cannot start:', error)
  process.exit(1)
})
