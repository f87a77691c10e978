/** The environment, checked, as one typed object that is passed down (design.md section 4). */
import { resolve } from 'node:path'

export type Role = 'api' | 'worker' | 'console'

export interface Config {
  host: string
  /** 0 = any free port. */
  port: number
  dataDir: string
  /** An external PostgreSQL 15+; null = the private one in the data folder. */
  databaseUrl: string | null
  /** Base URL as callers see it; null = derived from host and port. */
  publicUrl: string | null
  /** Fixes the first sandbox key; null = one is made. */
  sandboxApiKey: string | null
  roles: ReadonlySet<Role>
  /** 32 bytes; null = made and kept in the data folder (embedded database alone). */
  secretKey: Buffer | null
  /** Keys that were the secret key before: what they sealed can still be opened. */
  previousSecretKeys: readonly Buffer[]
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Hosts that webhooks may call although they are private; names or addresses. */
  allowedPrivateHosts: readonly string[]
  /** Port for metrics and health, for those who run the server; null = none, 0 = any free one. */
  managementPort: number | null
  /** Requests under way at once in this process; 0 = no limit. */
  requestsAtOnce: number
  /** Requests of one caller in a workspace that is no sandbox; 0 = no limit. */
  requestsPerMinute: number
  /** Remote unlocks of one door in a workspace that is no sandbox; 0 = no limit. */
  unlocksPerMinute: number
  /** An OpenTelemetry collector; null = nothing is traced. */
  tracing: TracingConfig | null
}

/** Where traces go. */
export interface TracingConfig {
  /** Takes OTLP traces: the whole URL. */
  url: string
  protocol: 'http/protobuf' | 'http/json'
}

/** The environment names a value that cannot be used; the message says which and what would do. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

const ROLES: readonly Role[] = ['api', 'worker', 'console']
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** Reads the environment. @throws ConfigError */
export function readConfig(env: Record<string, string | undefined>): Config {
  const value = (name: string): string | null => {
    const text = env[name]?.trim()
    return text === undefined || text === '' ? null : text
  }
  const count = (name: string, usual: number): number => {
    const number = Number(value(name) ?? usual)
    if (!Number.isInteger(number) || number < 0)
      throw new ConfigError(`${name} must be a whole number, 0 for no limit. Without it, it is ${String(usual)}.`)
    return number
  }
  const port = Number(value('PORT') ?? 3000)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new ConfigError('PORT must be a number from 0 to 65535 (0 = any free port).')
  const managementPort = value('LOCKSTITCH_MANAGEMENT_PORT')
  if (managementPort !== null && !(/^\d{1,5}$/.test(managementPort) && Number(managementPort) <= 65535))
    throw new ConfigError('LOCKSTITCH_MANAGEMENT_PORT must be a number from 0 to 65535 (0 = any free port).')
  const roles = (value('LOCKSTITCH_ROLES') ?? ROLES.join(',')).split(',').map((role) => role.trim())
  const unknownRole = roles.find((role) => !ROLES.includes(role as Role))
  if (unknownRole !== undefined)
    throw new ConfigError(`LOCKSTITCH_ROLES has "${unknownRole}"; it takes ${ROLES.join(', ')}.`)
  if (roles.includes('console') && !roles.includes('api'))
    throw new ConfigError(
      'LOCKSTITCH_ROLES has console without api: the pages are served by the process that answers what they ask. Add api.',
    )
  const logLevel = value('LOCKSTITCH_LOG_LEVEL') ?? 'info'
  if (!LOG_LEVELS.includes(logLevel as Config['logLevel']))
    throw new ConfigError(`LOCKSTITCH_LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}.`)
  const publicUrl = value('LOCKSTITCH_PUBLIC_URL')
  if (publicUrl !== null && !/^https?:\/\//.test(publicUrl))
    throw new ConfigError('LOCKSTITCH_PUBLIC_URL must be an absolute http or https URL.')
  const databaseUrl = value('DATABASE_URL')
  if (databaseUrl !== null && !/^postgres(ql)?:\/\//.test(databaseUrl))
    throw new ConfigError('DATABASE_URL must start with postgres:// or postgresql://.')
  const secretKey = readSecretKey(value('LOCKSTITCH_SECRET_KEY'))
  if (databaseUrl !== null && secretKey === null) {
    throw new ConfigError(
      'With DATABASE_URL, LOCKSTITCH_SECRET_KEY is required: 32 bytes in base64 or hex, the same for every process. Make one with: openssl rand -base64 32',
    )
  }
  const sandboxApiKey = value('LOCKSTITCH_SANDBOX_API_KEY')
  if (sandboxApiKey !== null && !/^seam_(?!at|cst|pk)\w+$/.test(sandboxApiKey)) {
    throw new ConfigError(
      'LOCKSTITCH_SANDBOX_API_KEY must start with seam_ (but not seam_at, seam_cst or seam_pk), as the SDKs expect of an API key. Example: seam_test1_localdevelopment',
    )
  }
  return {
    host: value('HOST') ?? '127.0.0.1',
    port,
    dataDir: resolve(value('LOCKSTITCH_DATA_DIR') ?? './data'),
    databaseUrl,
    publicUrl: publicUrl === null ? null : publicUrl.replace(/\/+$/, ''),
    sandboxApiKey,
    roles: new Set(roles as Role[]),
    secretKey,
    previousSecretKeys: (value('LOCKSTITCH_PREVIOUS_SECRET_KEYS') ?? '')
      .split(',')
      .flatMap(
        (text) => readSecretKey(text.trim() === '' ? null : text.trim(), 'LOCKSTITCH_PREVIOUS_SECRET_KEYS') ?? [],
      ),
    logLevel: logLevel as Config['logLevel'],
    allowedPrivateHosts: (value('LOCKSTITCH_ALLOWED_PRIVATE_HOSTS') ?? '')
      .split(',')
      .map((host) => host.trim())
      .filter((host) => host !== ''),
    managementPort: managementPort === null ? null : Number(managementPort),
    requestsAtOnce: count('LOCKSTITCH_REQUESTS_AT_ONCE', 512),
    requestsPerMinute: count('LOCKSTITCH_REQUESTS_PER_MINUTE', 6000),
    unlocksPerMinute: count('LOCKSTITCH_UNLOCKS_PER_MINUTE', 15),
    tracing: readTracing(value),
  }
}

/** The standard variables of OpenTelemetry that say whether and where to; the others are read by its libraries. */
function readTracing(value: (name: string) => string | null): TracingConfig | null {
  const isOff = value('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || value('OTEL_TRACES_EXPORTER') === 'none'
  const tracesEndpoint = value('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  const endpoint = tracesEndpoint ?? value('OTEL_EXPORTER_OTLP_ENDPOINT')
  if (isOff || endpoint === null) return null
  const name = tracesEndpoint === null ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
    throw new ConfigError(`${name} must be an absolute http or https URL, such as http://127.0.0.1:4318.`)
  const protocol =
    value('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? value('OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf'
  if (protocol !== 'http/protobuf' && protocol !== 'http/json')
    throw new ConfigError(
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or http/json: spans are sent over HTTP, to port 4318 of most collectors.',
    )
  return { url: tracesEndpoint ?? `${endpoint.replace(/\/+$/, '')}/v1/traces`, protocol }
}

function readSecretKey(text: string | null, name = 'LOCKSTITCH_SECRET_KEY'): Buffer | null {
  if (text === null) return null
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  if (key.length !== 32)
    throw new ConfigError(`${name} must be 32 bytes in base64 or hex. Make one with: openssl rand -base64 32`)
  return key
}
