// The same behaviour from every system in the registry, on its virtual building.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DesiredChange, DesiredCredential, ReportedState, ReportedUser, SystemConnection } from './kit/driver.ts'
import { driver as blueprint } from './_blueprint/driver.ts'
import { carriesDoors, hasGroups, isCredentialManager } from './kit/definition.ts'
import { sandboxLogin } from './kit/login.ts'
import { credentialWish, TestSystem, userWish } from './kit/testing.ts'
import type { VirtualFault } from './kit/virtual.ts'
import { CARD_FORMATS } from './kit/virtual/model.ts'
import { driverOf, drivers } from './registry.ts'

const folder = dirname(fileURLToPath(import.meta.url))
const folders = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'kit' && !entry.name.startsWith('_'))
  .map((entry) => entry.name)

test(`every one of the ${folders.length} system folders is in the registry, with its support sheet`, () => {
  expect([...drivers.keys()].map((provider) => provider.replaceAll('_', '-')).sort()).toEqual(folders.sort())
  expect(drivers.size).toBeGreaterThanOrEqual(3)
  for (const name of folders) {
    const sheet = join(folder, name, 'support.json')
    expect(existsSync(sheet), sheet).toBe(true)
    const { notes: _notes, ...rules } = JSON.parse(readFileSync(sheet, 'utf8')) as Record<
      string,
      { status: string; reason?: string }
    >
    for (const [rule, { status, reason }] of Object.entries(rules)) {
      expect(['done', 'todo', 'exempt'], `${name}: ${rule}`).toContain(status)
      if (status !== 'done') expect(reason, `${name}: ${rule} says why`).toBeTruthy()
    }
  }
  expect(() => driverOf('nobody')).toThrow('nobody')
})

/** Those whom we made; the maker's own software may have others. */
const ours = ({ users }: Pick<ReportedState, 'users'>): ReportedUser[] =>
  users.filter((user) => user.reference !== null)

const FAULT: VirtualFault = { fault: 'none', times: null, delay_ms: 0, encoder_id: null }

// The folder to copy is held to the same.
// Credential managers have nothing of this (credential-managers.test.ts).
const systems = [...drivers].filter(([, driver]) => !isCredentialManager(driver.definition))

describe.each([...systems, ['blueprint', blueprint] as const])('%s', (_provider, driver) => {
  const { definition } = driver
  let system: TestSystem
  let connection: SystemConnection

  beforeEach(async () => {
    system = await TestSystem.of(driver)
    connection = system.connection
  })
  afterEach(() => system[Symbol.asyncDispose]())

  const setFault = (fault: Partial<VirtualFault>) => system.building.setFault({ ...FAULT, ...fault })

  const keepsUsers = definition.keepsNoUsers !== true

  /** Something that has an effect on the system: a user, or a mobile key where it keeps no users. */
  async function effect(reference = 'jane'): Promise<DesiredChange> {
    const id = `effect-${reference}`
    if (keepsUsers) return { id, kind: 'put_user', user: userWish({ reference }) }
    return { id, kind: 'put_credential', credential: { ...(await wishFor(await person(), 'mobile_key')), reference } }
  }
  const apply = (change: DesiredChange, signal = system.signal) => connection.apply(change, signal)

  /** A person who may open the first doors. */
  async function person(): Promise<string> {
    const { groups } = await connection.readState(system.signal)
    return system.putUser({ group_ids: groups.map((group) => group.external_id) })
  }

  async function wishFor(user_id: string, mode = definition.modes.at(-1) ?? 'card'): Promise<DesiredCredential> {
    const { entrances } = await connection.readState(system.signal)
    const entrance_ids = carriesDoors(definition) ? entrances.slice(0, 2).map((door) => door.external_id) : []
    return credentialWish({ reference: 'credential-1', user_id, mode, entrance_ids })
  }

  test('says who it is and what it holds', async () => {
    expect(await connection.identify(system.signal)).toMatchObject({
      external_id: expect.stringMatching(/./),
      name: expect.stringMatching(/./),
    })
    const state = await connection.readState(system.signal)
    expect(state.entrances.length).toBeGreaterThan(0)
    expect(new Set(state.entrances.map((door) => door.external_id)).size).toBe(state.entrances.length)
    for (const mode of definition.modes)
      expect(
        state.entrances.some((door) => door.can_unlock_with[mode]),
        mode,
      ).toBe(true)
    for (const door of state.entrances) {
      for (const [mode, can] of Object.entries(door.can_unlock_with)) if (can) expect(definition.modes).toContain(mode)
    }
    if (definition.card === 'encode') expect(state.encoders.length).toBeGreaterThan(0)
    if (definition.card === 'assign')
      expect(connection.cardAssignment?.scan !== undefined).toBe(state.encoders.length > 0)
    expect(state.groups.length > 0).toBe(hasGroups(definition))
  })

  test('a login with one wrong value is refused, naming the field and not the value', async () => {
    const right = sandboxLogin(definition)
    const fixed = definition.setup.filter((field) => field.sandboxValue !== undefined && field.name in right)
    for (const field of fixed) {
      const wrong = await system.signIn(driver, { ...right, [field.name]: 'http://wrong.example.com' })
      const refused = { kind: 'unauthorized', isRetryable: false }
      const proved = wrong.identify(system.signal)
      await expect(proved, field.name).rejects.toMatchObject(refused)
      await expect(proved, field.name).rejects.not.toThrow('wrong.example')
      await expect(wrong.readState(system.signal), field.name).rejects.toMatchObject(refused)
    }
    // Only makers that ask for no password have nothing to refuse.
    const asksPassword = definition.setup.some((field) => field.name.endsWith('password'))
    if (asksPassword) expect(fixed.length).toBeGreaterThan(0)
  })

  test('a second seed changes nothing', async () => {
    const before = system.records.dump()
    await system.building.seed()
    expect(system.records.dump()).toEqual(before)
  })

  test('a larger building has more doors', async () => {
    const records = await TestSystem.unseeded(driver)
    const before = (await connection.readState(system.signal)).entrances.length
    await records.building.seed({ extra_doors: 30 })
    expect((await records.connection.readState(records.signal)).entrances).toHaveLength(before + 30)
  })

  test('has the capabilities it declares and no others', () => {
    expect(connection.cardEncoding !== undefined).toBe(definition.card === 'encode')
    expect(connection.cardAssignment !== undefined).toBe(definition.card === 'assign')
    expect(connection.cloudKeys !== undefined).toBe((definition.modes as readonly string[]).includes('cloud_key'))
    expect(definition.pin !== undefined).toBe((definition.modes as readonly string[]).includes('code'))
  })

  test('each change asked twice has the effect and the answer of once', async () => {
    const { groups, entrances } = await connection.readState(system.signal)
    const group_ids = groups.map((group) => group.external_id)
    const window = { starts_at: null, ends_at: null }
    const group = {
      reference: 'g',
      external_id: null,
      name: 'Late',
      entrance_ids: [entrances[0]?.external_id ?? ''],
      ...window,
    }
    const user = await person()
    const twice = async (change: DesiredChange): Promise<string> => {
      const once = await connection.apply(change, system.signal)
      const after = system.records.dump()
      expect(await connection.apply(change, system.signal), change.kind).toEqual(once)
      expect(system.records.dump(), change.kind).toEqual(after)
      return once.external_id ?? ''
    }
    const credential = await wishFor(user)
    const putGroup = hasGroups(definition) ? await twice({ id: '1', kind: 'put_group', group }) : null
    await twice({ id: '2', kind: 'put_user', user: userWish({ reference: 'other', group_ids }) })
    if (definition.modes.length > 0) {
      const putCredential = await twice({ id: '3', kind: 'put_credential', credential })
      await twice({ id: '4', kind: 'delete_credential', external_id: putCredential, mode: credential.mode })
    }
    await twice({ id: '5', kind: 'delete_user', external_id: user })
    if (putGroup !== null) await twice({ id: '6', kind: 'delete_group', external_id: putGroup })
  })

  test.runIf(keepsUsers)(
    'many changes together: one answer each, and one that is refused leaves nothing and stops nobody',
    async () => {
      const user = (id: string, more = {}): DesiredChange => ({
        id,
        kind: 'put_user',
        user: userWish({ reference: id, ...more }),
      })
      const changes = [user('1'), user('2', { group_ids: ['nowhere'] }), user('3'), user('3')]
      const oneByOne = async () => {
        const answers: unknown[] = []
        for (const change of changes)
          answers.push(await connection.apply(change, system.signal).catch((error: unknown) => error))
        return answers
      }
      const answers = (await connection.applyAll?.(changes, system.signal)) ?? (await oneByOne())
      expect(answers).toMatchObject([
        { external_id: expect.any(String) },
        { kind: 'not_found' },
        { external_id: expect.any(String) },
        answers[2],
      ])
      const users = ours(await connection.readState(system.signal))
      expect(users.map((one) => one.reference).sort()).toEqual(['1', '3'])
    },
  )

  test.runIf(keepsUsers)('what is put again without its id is found by our reference', async () => {
    const first = await system.putUser({ reference: 'same' })
    expect(await system.putUser({ reference: 'same' })).toBe(first)
    expect(ours(await connection.readState(system.signal))).toHaveLength(1)
  })

  test('refuses what it does not know', async () => {
    const gone = { kind: 'not_found' }
    if (!keepsUsers) {
      const wish = await wishFor(await person())
      await expect(system.put({ ...wish, entrance_ids: ['nowhere'] })).rejects.toMatchObject(gone)
      return
    }
    await expect(system.putUser({ external_id: 'nobody' })).rejects.toMatchObject(gone)
    await expect(system.putUser({ group_ids: ['nowhere'] })).rejects.toMatchObject(gone)
    await expect(system.put(await wishFor('nobody'))).rejects.toMatchObject(gone)
    await expect(system.putGroup({ reference: 'g', entrance_ids: ['nowhere'] })).rejects.toMatchObject(gone)
  })

  test('a lost answer: the effect is there, and asking again changes nothing', async () => {
    const change = await effect('lost')
    await setFault({ fault: 'answer_lost', times: 1 })
    await expect(apply(change)).rejects.toMatchObject({ kind: 'in_doubt', isRetryable: true })
    const state = await connection.readState(system.signal)
    if (keepsUsers) expect(ours(state).map((user) => user.reference)).toEqual(['lost'])
    const after = system.records.dump()
    const told = await apply(change)
    expect(told.external_id).toEqual(keepsUsers ? ours(state)[0]?.external_id : expect.stringMatching(/./))
    expect(system.records.dump()).toEqual(after)
  })

  test('down: nothing happens; back: it does', async () => {
    const change = await effect()
    const before = system.records.dump()
    await setFault({ fault: 'offline' })
    const down = { kind: 'unreachable', isRetryable: true }
    await expect(apply(change)).rejects.toMatchObject(down)
    await expect(connection.readState(system.signal)).rejects.toMatchObject(down)
    await expect(connection.identify(system.signal)).rejects.toMatchObject(down)
    await setFault({ fault: 'none' })
    const { fault: _fault, ...after } = system.records.dump()
    expect(after).toEqual(before)
    await apply(change)
  })

  test('slow waits in real time and then does it, unless it is called off', async () => {
    const [change, late] = [await effect(), await effect('late')]
    await setFault({ fault: 'slow', delay_ms: 700 })
    await apply(change)
    expect(system.host.slept).toBe(700)
    const after = system.records.dump()
    await expect(apply(late, AbortSignal.abort())).rejects.toMatchObject({ kind: 'unreachable' })
    expect(system.records.dump()).toEqual(after)
  })

  test('busy and refusing count down', async () => {
    // Each time something new: what is as wished need not be told again.
    const [change, other] = [await effect(), await effect('other')]
    await setFault({ fault: 'busy', times: 2 })
    await connection.readState(system.signal)
    await expect(apply(change)).rejects.toMatchObject({ kind: 'busy', isRetryable: true })
    await expect(apply(change)).rejects.toMatchObject({ kind: 'busy' })
    await apply(change)
    await setFault({ fault: 'refuse', times: 1 })
    await expect(apply(other)).rejects.toMatchObject({ kind: 'rejected', isRetryable: false })
    await apply(other)
  })

  test.runIf(driver.serveVirtual === undefined)('outside a sandbox it says that it cannot be reached', async () => {
    const { virtual: _virtual, ...host } = system.host
    await expect(driver.connect({}, host)).rejects.toMatchObject({ kind: 'unsupported' })
  })

  describe.runIf(definition.card === 'encode')('encoding', () => {
    const encoding = () => {
      if (connection.cardEncoding === undefined) throw new Error('no encoding')
      return connection.cardEncoding
    }
    const encoders = async () =>
      (await connection.readState(system.signal)).encoders.map((encoder) => encoder.external_id)
    let credential: DesiredCredential
    let encoder: string

    beforeEach(async () => {
      credential = await system.put(await wishFor(await person(), 'card'))
      encoder = (await encoders())[0] ?? ''
    })

    test('an encoder nobody touched has a fresh blank on it every time', async () => {
      const first = await system.encode(credential, encoder)
      const other = await system.put({ ...credential, reference: 'credential-2', external_id: null })
      expect(await system.encode(other, encoder)).not.toBe(first)
      expect(await system.building.findCard(first)).toMatchObject({
        encoder_id: null,
        credential_reference: 'credential-1',
      })
      const { entrances } = await connection.readState(system.signal)
      expect(await system.presentCard(entrances[0]?.external_id ?? '', first)).toBe('granted')
    })

    test('the same attempt is one encoding', async () => {
      const request = { attempt_id: 'once', encoder_id: encoder, credential }
      const once = await encoding().encode(request, system.signal)
      const after = system.records.dump()
      expect(await encoding().encode(request, system.signal)).toEqual(once)
      expect(system.records.dump()).toEqual(after)
      expect(await encoding().outcomeOf('once', system.signal)).toEqual(once)
      expect(await encoding().outcomeOf('never', system.signal)).toBeNull()
    })

    test('a lost answer: the outcome can be asked for', async () => {
      await setFault({ fault: 'answer_lost', encoder_id: encoder })
      const request = { attempt_id: 'lost', encoder_id: encoder, credential }
      await expect(encoding().encode(request, system.signal)).rejects.toMatchObject({ kind: 'in_doubt' })
      const outcome = await encoding().outcomeOf('lost', system.signal)
      expect(outcome?.card_number).toEqual(expect.any(String))
      expect(await system.building.findCard(outcome?.card_number ?? '')).toMatchObject({
        credential_reference: 'credential-1',
      })
    })

    test('one encoder offline does not stop the other', async () => {
      await setFault({ fault: 'offline', encoder_id: encoder })
      await expect(system.encode(credential, encoder)).rejects.toMatchObject({ code: 'encoder_not_online' })
      const [, other] = await encoders()
      if (other !== undefined) await system.encode(credential, other)
    })

    test('a fault of one encoder leaves the fault of the system as it is', async () => {
      await setFault({ fault: 'busy' })
      await setFault({ fault: 'offline', encoder_id: encoder, times: 1 })
      await expect(system.encode(credential, encoder)).rejects.toMatchObject({ code: 'encoder_not_online' })
      await expect(system.encode(credential, encoder)).rejects.toMatchObject({ kind: 'busy' })
      await setFault({ fault: 'offline', encoder_id: encoder })
      await setFault({ fault: 'none', encoder_id: encoder })
      await expect(system.encode(credential, encoder)).rejects.toMatchObject({ kind: 'busy' })
      await setFault({ fault: 'offline', encoder_id: encoder })
      await setFault({ fault: 'none' })
      await system.encode(credential, encoder)
    })

    test('a credential is written again on its own card and on no other', async () => {
      const first = await system.encode(credential, encoder)
      expect(await system.encode({ ...credential, ends_at: system.at(1) }, encoder)).toBe(first)
      await system.building.placeCard({ encoder_id: encoder, card_format: system.building.cardFormats[0] })
      await expect(system.encode(credential, encoder)).rejects.toMatchObject({ code: 'credential_cannot_be_reissued' })
      const own = await system.building.findCard(first)
      await system.building.placeCard({ encoder_id: encoder, card_id: own?.card_id })
      expect(await system.encode(credential, encoder)).toBe(first)
    })

    test('writing another credential on a card says whose it was', async () => {
      await system.building.placeCard({ encoder_id: encoder, card_format: system.building.cardFormats[0] })
      const first = await system.encode(credential, encoder)
      const other = await system.put({ ...credential, reference: 'credential-2', external_id: null })
      const before = await encoding().scan({ encoder_id: encoder, options: {} }, system.signal)
      const request = { attempt_id: 'over', encoder_id: encoder, credential: other }
      const written = await encoding().encode(request, system.signal)
      expect(written).toMatchObject({ card_number: first, overwritten_credential_ids: [before?.credential_id] })
    })

    test('an emptied encoder has no card, a foreign one does not fit, a deleted credential is not written', async () => {
      await system.building.removeCard(encoder)
      await expect(system.encode(credential, encoder)).rejects.toMatchObject({ code: 'no_credential_on_encoder' })
      const foreign = CARD_FORMATS.find((format) => !system.building.cardFormats.includes(format))
      const card = await system.building.placeCard({ encoder_id: encoder, card_format: foreign })
      await expect(system.encode(credential, encoder)).rejects.toMatchObject({ code: 'incompatible_card_format' })
      expect(await system.building.getCard(card.card_id)).toMatchObject({ written: null, encoder_id: encoder })
      await expect(system.building.placeCard({ encoder_id: encoder, card_format: 'paper' })).rejects.toMatchObject({
        kind: 'rejected',
      })
      await system.building.placeCard({ encoder_id: encoder, card_format: system.building.cardFormats[0] })
      await system.encode(credential, encoder)
      await system.remove(credential)
      await expect(system.encode(credential, encoder)).rejects.toMatchObject({ code: 'credential_deleted' })
    })

    test('a scan reads what lies there, or what was last encoded there', async () => {
      const scan = (at = encoder) => encoding().scan({ encoder_id: at, options: {} }, system.signal)
      await expect(scan()).rejects.toMatchObject({ code: 'no_credential_on_encoder' })
      const number = await system.encode({ ...credential, ends_at: system.at(5) }, encoder)
      expect(await scan()).toMatchObject({
        card_number: number,
        ends_at: system.at(5),
        credential_id: credential.external_id ?? expect.stringMatching(/./),
        is_issued: true,
      })
      // A second encoder, where there is one: what was encoded at the first does not lie there.
      const other = (await encoders())[1] ?? encoder
      if (other !== encoder) await expect(scan(other)).rejects.toMatchObject({ code: 'no_credential_on_encoder' })
      await system.building.placeCard({ encoder_id: other, card_format: system.building.cardFormats[0] })
      expect(await scan(other)).toBeNull()
      const own = await system.building.findCard(number)
      await system.building.placeCard({ encoder_id: other, card_id: own?.card_id })
      expect((await scan(other))?.card_number).toBe(number)
      await system.remove(credential)
      expect(await scan(other)).toMatchObject({ is_issued: false })
    })

    test('a blank card and one of a foreign format open nothing', async () => {
      const { entrances } = await connection.readState(system.signal)
      const door = entrances[0]?.external_id ?? ''
      const blank = await system.building.placeCard({
        encoder_id: encoder,
        card_format: system.building.cardFormats[0],
      })
      const reason = async (card_id: string) =>
        (await system.building.presentCard({ entrance_id: door, card_id })).reason
      expect(await reason(blank.card_id)).toBe('blank_card')
      const foreign = CARD_FORMATS.find((format) => !system.building.cardFormats.includes(format))
      const other = await system.building.placeCard({ encoder_id: encoder, card_format: foreign })
      expect(await reason(other.card_id)).toBe('wrong_format')
    })
  })
})
