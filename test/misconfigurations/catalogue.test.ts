/**
 * No silent success: every way to get it wrong that we know of ends in the error, warning or event that names cause and
 * remedy (design.md section 2). One table, and one check for all of its rows.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'
import { catalogue } from './catalogue.ts'
import { Ground, type Wire } from './ground.ts'
import type { AnyRow, Context, Row, Scene } from './row.ts'

let server: TestServer
const ran = new Map<string, number>()

beforeAll(async () => {
  server = await startTestServer()
  // The first one asks every system what it can do; rows then begin with clean workspaces.
  await Ground.make(server)
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

test('every row stands for itself', () => {
  expect(catalogue.length).toBeGreaterThanOrEqual(100)
  const names = catalogue.map((one) => one.name)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

/** Rows share a workspace as long as none of them has changed what the others stand on; it must not fill up either. */
const ROWS_PER_WORKSPACE = 6
let shared: { ground: Ground; rows: number } | null = null

async function groundFor(): Promise<Ground> {
  if (shared === null || shared.ground.isSpoilt || shared.rows >= ROWS_PER_WORKSPACE)
    shared = { ground: await Ground.make(server), rows: 0 }
  shared.rows++
  return shared.ground
}

describe('shows', () => {
  test.each(catalogue.map((one) => [one.name, one] as const))('%s', { timeout: 180_000 }, async (_name, one) => {
    const ground = await groundFor()
    const first = ground.systems[0]
    if (first === undefined) throw new Error('a sandbox without systems')
    const systems = one.on === undefined ? [first] : ground.systems.filter((system) => one.on?.(system))
    expect(systems.length, 'systems of the sandbox it can happen on').toBeGreaterThan(0)
    for (const system of systems) {
      await check(one, { ground, system })
      if (one.isStuck === true) {
        await ground.fault(system, 'none')
        await ground.settle()
      }
    }
    ran.set(one.name, systems.length)
  })
})

test('the catalogue ran over every system of the sandbox', async () => {
  const ground = await Ground.make(server)
  const fitting = new Set(catalogue.flatMap(({ on }) => (on === undefined ? [] : ground.systems.filter(on))))
  expect(ground.systems.filter((system) => !fitting.has(system)).map((system) => system.external_type)).toEqual([])
  console.info(
    `${String(catalogue.length)} rows, ${String([...ran.values()].reduce((sum, n) => sum + n, 0))} runs over ${String(ground.systems.length)} systems`,
  )
})

/** Words that name neither a cause nor a remedy. */
const GENERIC =
  /^(invalid( input)?|required|bad request|unauthorized|forbidden|not found|error|failed|something went wrong|internal server error|unknown error)\.?$/i

async function check(anyRow: AnyRow, context: Context): Promise<void> {
  const one = anyRow as unknown as Row
  const { ground, system } = context
  const about = one.on === undefined ? one.name : `${one.name}, on ${system.external_type}`
  const given = { ...context, ...(await one.given?.(context)) }
  if (one.isStuck !== true) await ground.settle()
  const before = one.then.at === 'refusal' ? await ground.snapshot() : null
  const reply = await one.when(given)
  const answer = `${about}: ${String(reply.status)} ${JSON.stringify(reply.body)}`
  if (before !== null) {
    expect(reply.status, answer).not.toBe(200)
    const after = await ground.snapshot()
    expect(after.tables, answer).toEqual(before.tables)
    expect(before.jobs, answer).toEqual(expect.arrayContaining(after.jobs))
  }
  const scene = { ...given, reply } as Scene<object>
  const shown = await shownAt(one, scene, answer)
  const told = `${about}: ${shown.message}`
  if (process.env['SHOW'] !== undefined) console.log(told)

  for (const word of Array.isArray(one.fault) ? one.fault : [one.fault]) {
    const wanted = typeof word === 'function' ? word(scene) : word
    if (typeof wanted === 'string') expect(shown.message, told).toContain(wanted)
    else expect(shown.message, told).toMatch(wanted)
  }
  expect(shown.message, told).toMatch(one.remedy)
  expect(shown.message, told).not.toMatch(GENERIC)
  expect(shown.message.split(' ').length, told).toBeGreaterThan(2)
  const secrets = await ground.secrets()
  // Ids and times hold digits of their own.
  const words = JSON.stringify(shown.whole).replace(
    /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+/g,
    '',
  )
  const leaked = secrets.filter((secret) => words.includes(secret))
  expect(leaked, `${told} must hold no PIN, card number or token`).toEqual([])
}

interface Seen {
  message: string
  /** All that must be free of secrets. */
  whole: unknown
}

async function shownAt({ then, isStuck = false }: Row, scene: Scene<object>, answer: string): Promise<Seen> {
  const { ground, reply } = scene
  switch (then.at) {
    case 'refusal': {
      const error = reply.body['error'] as { type: string; message: string; validation_errors?: Wire }
      expect([reply.status, error.type], answer).toEqual([then.status, then.type])
      if (then.field !== undefined) {
        const at = then.field
          .split('.')
          .reduce<Wire | undefined>((node, key) => node?.[key] as Wire, error.validation_errors)
        expect(at?.['_errors'], answer).toEqual([expect.any(String)])
      }
      return { message: error.message, whole: error }
    }
    case 'errors':
    case 'warnings': {
      expect(reply.status, answer).toBe(200)
      if (!isStuck) await ground.settle()
      const resource = await then.of(scene)
      const problems = resource[then.at] as { error_code?: string; warning_code?: string; message: string }[]
      const problem = problems.find((one) => (one.error_code ?? one.warning_code) === then.code)
      expect(problem, `${answer}\n${JSON.stringify(resource)}`).toBeDefined()
      if (then.event !== undefined) {
        const { type, about } = then.event
        const events = await ground.events({ event_type: type, ...about(scene) })
        expect(events.length, `${answer}\nthe event ${type}`).toBeGreaterThan(0)
      }
      return { message: problem?.message ?? '', whole: problem?.message }
    }
    case 'attempt': {
      const attempt = await endOf(scene, answer)
      expect(attempt, answer).toMatchObject({ status: 'error', error: { type: then.type } })
      return { message: attempt['error'].message as string, whole: attempt['error'] }
    }
    case 'scan': {
      const attempt = await endOf(scene, answer)
      expect(attempt, answer).toMatchObject({ status: 'success' })
      const warnings = attempt['result'].warnings as { warning_code: string; warning_message: string }[]
      const warning = warnings.find((one) => one.warning_code === then.code)
      expect(warning, JSON.stringify(attempt)).toBeDefined()
      return { message: warning?.warning_message ?? '', whole: warning }
    }
    case 'answer': {
      expect(reply.status, answer).toBe(200)
      const warnings = (reply.body['warnings'] ?? []) as { warning_code: string; parameter: string; message: string }[]
      const warning = warnings.find((one) => one.warning_code === then.code && one.parameter === then.parameter)
      expect(warning, answer).toBeDefined()
      return { message: warning?.message ?? '', whole: warning }
    }
    case 'door': {
      const attempt = reply.body['door_attempt'] as Wire
      expect(attempt, answer).toMatchObject({ opened: false, reason: then.reason })
      return { message: attempt['message'] as string, whole: attempt['message'] }
    }
  }
}

async function endOf({ ground, reply }: { ground: Ground; reply: Reply }, answer: string): Promise<Wire> {
  expect(reply.status, answer).toBe(200)
  return ground.ended(reply.body['action_attempt'] as Wire)
}
