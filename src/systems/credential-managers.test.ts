// Credential managers carry other systems' mobile keys to phones: a login is all they have.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SystemConnection } from './kit/driver.ts'
import { isCredentialManager } from './kit/definition.ts'
import { sandboxLogin } from './kit/login.ts'
import { credentialWish, TestSystem, userWish } from './kit/testing.ts'
import { drivers } from './registry.ts'

const managers = [...drivers].filter(([, driver]) => isCredentialManager(driver.definition))

test('every manager that a system names is there, and every manager serves a system', () => {
  const types = managers.map(([, { definition }]) => definition.system_type)
  const named = new Set([...drivers.values()].flatMap(({ definition }) => definition.credentialManagers ?? []))
  expect(types.length).toBeGreaterThanOrEqual(2)
  expect(types.filter((type) => !named.has(type))).toEqual([])
  for (const { definition } of drivers.values()) {
    if (definition.credentialManagers === undefined) continue
    expect(definition.modes, definition.provider).toContain('mobile_key')
    expect(
      definition.credentialManagers.some((type) => types.includes(type)),
      definition.provider,
    ).toBe(true)
  }
})

describe.each(managers)('%s', (_provider, driver) => {
  const { definition } = driver
  let system: TestSystem
  let connection: SystemConnection

  beforeEach(async () => {
    system = await TestSystem.of(driver)
    connection = system.connection
  })
  afterEach(() => system[Symbol.asyncDispose]())

  test('has a name, and neither modes nor doors, encoders, groups or cards', async () => {
    const { name, external_id } = await connection.identify(system.signal)
    expect([name, external_id].every((text) => text.length > 0)).toBe(true)
    expect(await connection.readState(system.signal)).toEqual({
      entrances: [],
      encoders: [],
      groups: [],
      users: [],
      credentials: [],
    })
    expect([definition.modes, definition.card, definition.pin]).toEqual([[], undefined, undefined])
    const { cardEncoding, cardAssignment, cloudKeys } = connection
    expect([cardEncoding, cardAssignment, cloudKeys]).toEqual([undefined, undefined, undefined])
    expect(await system.building.listCards()).toEqual([])
  })

  test('a larger building has no doors either', async () => {
    await using large = await TestSystem.unseeded(driver)
    await large.building.seed({ extra_doors: 30 })
    expect((await large.connection.readState(large.signal)).entrances).toEqual([])
  })

  test('refuses a wrong login, naming the field and not the value', async () => {
    const right = sandboxLogin(definition)
    const fixed = definition.setup.filter((field) => field.sandboxValue !== undefined)
    expect(fixed.length).toBeGreaterThan(0)
    for (const { name, label } of fixed) {
      const wrong = await system.signIn(driver, { ...right, [name]: 'http://wrong.example.com' })
      const refusal = await wrong.identify(system.signal).catch((error: unknown) => error)
      expect(refusal, name).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining(label) as string })
      expect(String(refusal), name).not.toContain('wrong.example')
    }
  })

  test('takes no users and no credentials', async () => {
    const refused = { kind: 'unsupported', message: expect.stringContaining(definition.display_name) as string }
    const user = connection.apply({ id: '1', kind: 'put_user', user: userWish() }, system.signal)
    await expect(user).rejects.toMatchObject(refused)
    const credential = credentialWish({ reference: 'key', mode: 'mobile_key' })
    await expect(
      connection.apply({ id: '2', kind: 'put_credential', credential }, system.signal),
    ).rejects.toMatchObject(refused)
  })

  test('can be away, and is back', async () => {
    const fault = { times: null, delay_ms: 0, encoder_id: null }
    await system.building.setFault({ fault: 'offline', ...fault })
    await expect(connection.identify(system.signal)).rejects.toMatchObject({ kind: 'unreachable' })
    await system.building.setFault({ fault: 'none', ...fault })
    await connection.identify(system.signal)
  })

  test('outside a sandbox it says that it cannot be reached', async () => {
    const { virtual: _virtual, ...host } = system.host
    await expect(driver.connect({}, host)).rejects.toMatchObject({ kind: 'unsupported' })
  })
})
