/** What the figures share: calls to a server that was started, and its private PostgreSQL as its owner. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Place } from './floor.ts'
import type { Started } from './processes.ts'

/** The sandbox key of every server that is measured. */
export const KEY = 'seam_testB_benchmarkbenchmarkbench1'

export interface BenchPaths {
  /** The built server, dist/main.js. */
  server: string
  /** This bench itself, for the processes that it compares with. */
  bench: string
  /** scripts/run.mjs. */
  run: string
  /** A folder of this run; each server has one in it. */
  folder: string
}

/** What a server is started with; `name` is its own folder. */
export function settings({ folder }: BenchPaths, name: string): Record<string, string> {
  return {
    PORT: '0',
    LOCKSTITCH_DATA_DIR: join(folder, name),
    LOCKSTITCH_SANDBOX_API_KEY: KEY,
    LOCKSTITCH_LOG_LEVEL: 'error',
  }
}

/** Parameters in, the answer out, as the figure that asks knows it. */
export type Call = <T = Record<string, unknown>>(path: string, body?: object) => Promise<T>

export function caller(server: Started, key = KEY): Call {
  return async <T>(path: string, body = {}): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as Record<string, unknown>
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`)
    return answer as T
  }
}

/** The private PostgreSQL of a running server. */
export function placeOf(env: Record<string, string>): Place {
  const folder = env['LOCKSTITCH_DATA_DIR'] ?? ''
  const [pid = '', , , port = '', socket = ''] = readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split(
    '\n',
  )
  if (pid === '') throw new Error('the private PostgreSQL is not running')
  return {
    host: socket,
    port: Number(port),
    user: 'postgres',
    password: readFileSync(join(folder, 'postgres-password'), 'utf8').trim(),
    database: 'lockstitch',
  }
}

export async function withDatabase<T>(
  env: Record<string, string>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(placeOf(env))
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The access system of the sandbox that writes cards and has doors for a PIN, a card and a mobile key. */
export async function anySystem(call: Call): Promise<string> {
  const { providers } = await call<{ providers: ProviderFacts[] }>('/connected_accounts/list_providers')
  const suitable = new Set(
    providers
      .filter(({ access_methods: modes, card_issuance }) => modes.includes('code') && card_issuance === 'encode')
      .filter(({ access_methods: modes }) => modes.includes('mobile_key'))
      .map(({ external_type }) => external_type),
  )
  const { acs_systems } = await call<{ acs_systems: { acs_system_id: string; external_type: string }[] }>(
    '/acs/systems/list',
  )
  const found = acs_systems.find((system) => suitable.has(system.external_type))
  if (found === undefined) throw new Error('the sandbox has no system with PINs, cards and mobile keys')
  return found.acs_system_id
}

interface ProviderFacts {
  external_type: string
  access_methods: string[]
  card_issuance: string | null
}

export function ensure<T extends { failures: number; firstFailure: string | null }>(result: T): T {
  if (result.failures > 0)
    throw new Error(`${result.failures} requests failed; the first answer: ${result.firstFailure}`)
  return result
}

export function median(values: readonly number[]): number {
  return at(values, 0.5)
}

/** The value below which this share of the values is. */
export function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

/** A line of the summary: `label: measured (target)`. */
export function tell(label: string, measured: string, target: string): void {
  console.log(`${`${label}:`.padEnd(56)} ${measured.padEnd(28)} (target ${target})`)
}
