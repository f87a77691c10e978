/** Plays a history against the server in a fresh workspace, tells the model what was answered, and compares every door. */
import type { Fact, Presentation, Verdict } from '../model/facts.ts'
import { providerOf, systemFacts, type Mode } from '../model/systems.ts'
import { World } from '../model/world.ts'
import { isPresentation, type CardRef, type History, type MethodRef, type Operation } from './operations.ts'
import type { Target } from './target.ts'
import { EPOCH, ServerFailure, Workspace } from './workspace.ts'

export interface Disagreement {
  kind: 'wrong opening' | 'wrong refusal' | 'wrong reason' | 'missing method' | 'surplus method' | 'server failure'
  /** Index in the history. */
  index: number
  operation: Operation
  expected: string
  got: string
}

export interface Shown {
  provider: string
  by: Presentation['by']
  opened: boolean
  reason: string
}

export interface Outcome {
  /** How many operations were done; the others referred to things that were not there. */
  done: number
  /** Presentations whose outcome the documents leave open; they were not made. */
  undetermined: number
  presentations: Shown[]
  /** `operation: answer` of changes the server refused, with their number. */
  refused: Map<string, number>
  disagreement: Disagreement | null
}

interface Method {
  id: string
  label: string
  mode: Mode
  provider: string
  door: string | null
}

interface PlayedGrant {
  id: string
  person: string
  /** Every method it ever had, in order of appearance. */
  methods: Method[]
  /** Labels of those it has now. */
  listed: ReadonlySet<string>
  modes: Mode[]
  /** Modes of which somebody deleted a method. */
  deletedModes: Set<Mode>
  spaces: string[]
  from: number
  to: number
  /** Its end had come once. */
  wasOver: boolean
  isDeleted: boolean
}

/** A card in somebody's hand. */
interface PlayedCard {
  provider: string
  /** What the model calls it. */
  label: string
  /** null until something was written on it. */
  number: string | null
  /** Known once it lay on an encoder. */
  id: string | null
}

interface PlayedCredential {
  id: string
  /** What the model calls it. */
  label: string
  provider: string
  code: string | null
  from: number
}

interface Pending {
  attemptId: string
  key: string
  provider: string
  /** The plastic it is about, where that is known before it ends. */
  card: PlayedCard | null
}

/** Plays the whole history, or up to the first disagreement. */
export async function execute(history: History, target: Target): Promise<Outcome> {
  const workspace = await target.during(() => Workspace.open(target))
  const player = new Player(workspace, target)
  const { outcome } = player
  for (let index = 0; index < history.length;) {
    const row = presentationsFrom(history, index)
    const operation = history[index] as Operation
    try {
      const found =
        row.length > 0
          ? await target.during(() => player.show(row))
          : operation.do === 'restart'
            ? await target.restart(operation.how).then(() => null)
            : await target.during(() => player.play(operation))
      if (found !== null) {
        const at = index + (found.at ?? 0)
        const { kind, expected, got } = found
        outcome.disagreement = { kind, expected, got, index: at, operation: history[at] ?? operation }
        break
      }
    } catch (error) {
      const got = error instanceof ServerFailure ? error.message : String((error as Error).stack)
      outcome.disagreement = { kind: 'server failure', index, operation, expected: 'an answer', got }
      break
    }
    index += Math.max(1, row.length)
  }
  return outcome
}

const MODES: readonly Mode[] = ['card', 'code', 'mobile_key', 'cloud_key']

/** The server carries out so many presentations in one call. */
const MOST_AT_ONCE = 500

/** The presentations that follow one another from here on, in one call. */
function presentationsFrom(history: History, index: number): Operation[] {
  const row: Operation[] = []
  for (let at = index; at < history.length && row.length < MOST_AT_ONCE; at++) {
    const operation = history[at]
    if (operation === undefined || !isPresentation(operation) || operation.do === 'unlock') break
    row.push(operation)
  }
  return row
}

/** `at`: which of several presentations it was. */
type Found = Pick<Disagreement, 'kind' | 'expected' | 'got'> & { at?: number }

class Player {
  readonly outcome: Outcome = { done: 0, undetermined: 0, presentations: [], refused: new Map(), disagreement: null }
  readonly #workspace: Workspace
  readonly #world: World
  readonly #people = new Map<string, string>()
  readonly #spaces = new Map<string, { id: string; doors: Set<string> }>()
  readonly #grants = new Map<string, PlayedGrant>()
  readonly #methods = new Map<string, Method>()
  readonly #users = new Map<string, { id: string; provider: string }>()
  readonly #credentials = new Map<string, PlayedCredential>()
  readonly #codes = new Map<string, string>()
  readonly #cards = new Map<string, PlayedCard>()
  readonly #known = new Map<string, PlayedCard>()
  /** What lies on an encoder that somebody touched; null = nothing. */
  readonly #encoders = new Map<string, PlayedCard | null>()
  /** The plastic a method or credential was written on last. */
  readonly #plastic = new Map<string, PlayedCard>()
  readonly #phones = new Map<string, string>()
  #pending: Pending[] = []
  /** Systems with a fault; and whether there was one when methods were last read. */
  readonly #troubled = new Set<string>()
  #isTroubled = false
  #now = EPOCH

  constructor(workspace: Workspace, _target: Target) {
    this.#workspace = workspace
    this.#world = new World(
      workspace.systems.map(({ provider }) => provider),
      EPOCH,
    )
  }

  async play(operation: Operation): Promise<Found | null> {
    if (operation.do === 'unlock') return await this.#unlock(operation)
    return await this.#change(operation)
  }

  /** Presentations one after the other, in one call; what each leaves at a lock or on a card the model follows. */
  async show(operations: readonly Operation[]): Promise<Found | null> {
    const shown: { at: number; presentation: Presentation; verdict: Verdict }[] = []
    const presentations: object[] = []
    for (const [at, operation] of operations.entries()) {
      const presentation = await this.#presentation(operation)
      if (presentation === null) continue
      const acs_entrance_id = this.#workspace.doorId(presentation.door)
      if (acs_entrance_id === undefined) continue
      const verdict = this.#world.expect(presentation)
      if (verdict.opens === null) {
        this.outcome.undetermined++
        continue
      }
      this.#world.seen(presentation, verdict.opens)
      shown.push({ at, presentation, verdict })
      presentations.push({ acs_entrance_id, ...this.#inHand(presentation) })
    }
    if (presentations.length === 0) return null
    const { door_attempts } = await this.#workspace.must('/sandbox/doors/present', { presentations })
    for (const [i, { at, presentation, verdict }] of shown.entries()) {
      const { opened, reason } = (door_attempts as { opened: boolean; reason: string }[])[i] ?? {
        opened: false,
        reason: 'no answer',
      }
      this.#note(presentation, { opened, reason })
      const found = compare(verdict, { opened, reason })
      if (found !== null) return { ...found, at }
    }
    return null
  }

  #take(fact: Fact): void {
    this.#world.take(fact)
  }

  /** @returns null when the server refused; the history goes on as if it had not been asked */
  async #ask(path: string, body: object): Promise<Record<string, unknown> | null> {
    const answer = await this.#workspace.call(path, body)
    if (answer.status === 200) return answer.body
    const error = answer.body['error'] as { type?: string; title?: string; message?: string } | undefined
    // Nobody else is there: giving up over a race is a failure of its own.
    const isGivenUp = error?.message?.startsWith('Other requests keep changing') === true
    if (answer.status >= 500 || isGivenUp)
      throw new ServerFailure(`${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
    const reason = `${path} ${answer.status} ${error?.type}: ${error?.message?.slice(0, 90)}`
    this.outcome.refused.set(reason, (this.outcome.refused.get(reason) ?? 0) + 1)
    return null
  }

  async #change(operation: Operation): Promise<Found | null> {
    const workspace = this.#workspace
    switch (operation.do) {
      case 'person': {
        const body = await this.#ask('/user_identities/create', { full_name: operation.as })
        if (body === null) return null
        this.#people.set(operation.as, (body['user_identity'] as { user_identity_id: string }).user_identity_id)
        return this.#did()
      }
      case 'space': {
        const acs_entrance_ids = workspace.doorIds(operation.doors)
        if (acs_entrance_ids === null) return null
        const body = await this.#ask('/spaces/create', { name: operation.as, acs_entrance_ids })
        if (body === null) return null
        const id = (body['space'] as { space_id: string }).space_id
        this.#spaces.set(operation.as, { id, doors: new Set(operation.doors) })
        this.#take({ fact: 'space', space: operation.as, doors: operation.doors })
        return this.#did()
      }
      case 'space_add':
      case 'space_remove': {
        const space = this.#spaces.get(operation.space)
        const acs_entrance_ids = workspace.doorIds(operation.doors)
        if (space === undefined || acs_entrance_ids === null) return null
        const path = operation.do === 'space_add' ? '/spaces/add_acs_entrances' : '/spaces/remove_acs_entrances'
        if ((await this.#ask(path, { space_id: space.id, acs_entrance_ids })) === null) return null
        for (const door of operation.doors) {
          if (operation.do === 'space_add') space.doors.add(door)
          else space.doors.delete(door)
        }
        this.#take({ fact: 'space', space: operation.space, doors: [...space.doors] })
        const touched = [...this.#grants].filter(
          ([, grant]) => !grant.isDeleted && grant.spaces.includes(operation.space),
        )
        return await this.#settle(...touched.map(([label]) => label))
      }
      case 'grant':
        return await this.#grant(operation)
      case 'retime': {
        const grant = this.#grants.get(operation.grant)
        if (grant === undefined) return null
        const starts_at = operation.from === undefined ? undefined : iso(operation.from)
        const ends_at = operation.to === undefined ? undefined : operation.to === null ? null : iso(operation.to)
        const body = await this.#ask('/access_grants/update', { access_grant_id: grant.id, starts_at, ends_at })
        if (body === null) return null
        if (operation.from !== undefined) grant.from = EPOCH + operation.from
        if (operation.to !== undefined) grant.to = instant(operation.to, Infinity)
        this.#take({ fact: 'grant_window', grant: operation.grant, from: grant.from, to: grant.to })
        return await this.#settle(operation.grant)
      }
      case 'redoor': {
        const grant = this.#grants.get(operation.grant)
        const acs_entrance_ids = workspace.doorIds(operation.doors)
        if (grant === undefined || acs_entrance_ids === null) return null
        const body = await this.#ask('/access_grants/update', { access_grant_id: grant.id, acs_entrance_ids })
        if (body === null) return null
        this.#take({ fact: 'grant_doors', grant: operation.grant, doors: operation.doors })
        return await this.#settle(operation.grant)
      }
      case 'delete_grant': {
        const grant = this.#grants.get(operation.grant)
        if (grant === undefined) return null
        if ((await this.#ask('/access_grants/delete', { access_grant_id: grant.id })) === null) return null
        grant.isDeleted = true
        this.#take({ fact: 'grant_deleted', grant: operation.grant })
        return await this.#settle()
      }
      case 'request': {
        const grant = this.#grants.get(operation.grant)
        if (grant === undefined) return null
        const requested_access_methods = operation.modes.map((mode) => ({ mode }))
        const body = await this.#ask('/access_grants/request_access_methods', {
          access_grant_id: grant.id,
          requested_access_methods,
        })
        if (body === null) return null
        grant.modes.push(...operation.modes)
        return await this.#settle(operation.grant)
      }
      case 'delete_method': {
        const method = this.#method(operation.method)
        if (method === undefined) return null
        if ((await this.#ask('/access_methods/delete', { access_method_id: method.id })) === null) return null
        for (const grant of this.#grants.values())
          if (grant.methods.includes(method)) grant.deletedModes.add(method.mode)
        for (const { id, label } of this.#methods.values())
          if (id === method.id) this.#take({ fact: 'method_deleted', method: label })
        return await this.#settle()
      }
      case 'encode':
        return await this.#encode(operation)
      case 'place': {
        const acs_encoder_id = workspace.encoderId(operation.encoder)
        const provider = providerOf(operation.encoder)
        if (acs_encoder_id === undefined) return null
        let which: object
        if ('blank' in operation.card) which = { card_format: operation.card.blank }
        else {
          const card = await this.#card(operation.card)
          if (card === null || card.provider !== provider) return null
          card.id ??= (await workspace.cardId(provider, card.number ?? '')) ?? null
          if (card.id === null) return null
          which = { card_id: card.id }
        }
        const body = await this.#ask('/sandbox/encoders/place_card', { acs_encoder_id, ...which })
        if (body === null) return null
        const { card_id, card_number } = body['card'] as { card_id: string; card_number: string | null }
        const card = this.#meet(provider, card_number, card_id)
        this.#cards.set(operation.as, card)
        this.#encoders.set(operation.encoder, card)
        return this.#did()
      }
      case 'unplace': {
        const acs_encoder_id = workspace.encoderId(operation.encoder)
        if (acs_encoder_id === undefined) return null
        if ((await this.#ask('/sandbox/encoders/remove_card', { acs_encoder_id })) === null) return null
        this.#encoders.set(operation.encoder, null)
        return this.#did()
      }
      case 'assign': {
        const method = this.#method(operation.method)
        const card = await this.#card(operation.card)
        if (method === undefined || card === null) return null
        const body = await this.#ask('/access_methods/assign_card', {
          access_method_id: method.id,
          card_number: card.number,
        })
        if (body === null) return null
        await workspace.must('/sandbox/settle', {})
        const attempt = await this.#attempt(body)
        if (attempt.status === 'success') this.#take({ fact: 'assigned', key: method.label, card: card.label })
        else this.#refusedAttempt('assign_card', attempt)
        return await this.#settle()
      }
      case 'suspend':
      case 'unsuspend': {
        const who = await this.#acsUser(operation.who, operation.provider)
        if (who === undefined) return null
        if ((await this.#ask(`/acs/users/${operation.do}`, { acs_user_id: who })) === null) return null
        const isSuspended = operation.do === 'suspend'
        this.#take({ fact: 'suspended', holder: operation.who, provider: operation.provider, isSuspended })
        return await this.#settle()
      }
      case 'user': {
        const acs_system_id = workspace.systemId(operation.provider)
        if (acs_system_id === undefined) return null
        const body = await this.#ask('/acs/users/create', { acs_system_id, full_name: operation.as })
        if (body === null) return null
        const id = (body['acs_user'] as { acs_user_id: string }).acs_user_id
        this.#users.set(operation.as, { id, provider: operation.provider })
        this.#take({ fact: 'user', user: operation.as, provider: operation.provider })
        return await this.#settle()
      }
      case 'delete_user': {
        const user = this.#users.get(operation.user)
        if (user === undefined) return null
        if ((await this.#ask('/acs/users/delete', { acs_user_id: user.id })) === null) return null
        this.#users.delete(operation.user)
        this.#take({ fact: 'user_deleted', user: operation.user })
        return await this.#settle()
      }
      case 'join_group':
      case 'leave_group': {
        const provider = providerOf(operation.group)
        const group = await workspace.group(operation.group)
        const acs_user_id = await this.#acsUser(operation.who, provider)
        if (group === null || acs_user_id === undefined) return null
        const isMember = operation.do === 'join_group'
        const path = isMember ? '/acs/users/add_to_access_group' : '/acs/users/remove_from_access_group'
        if ((await this.#ask(path, { acs_user_id, acs_access_group_id: group.id })) === null) return null
        const { doors } = group
        this.#take({ fact: 'membership', holder: operation.who, provider, group: operation.group, doors, isMember })
        return await this.#settle()
      }
      case 'credential':
        return await this.#credential(operation)
      case 'end_credential': {
        const credential = this.#credentials.get(operation.credential)
        if (credential === undefined) return null
        const body = await this.#ask('/acs/credentials/update', {
          acs_credential_id: credential.id,
          ends_at: iso(operation.to),
        })
        if (body === null) return null
        const { from } = credential
        this.#take({ fact: 'credential_window', credential: credential.label, from, to: EPOCH + operation.to })
        return await this.#settle()
      }
      case 'delete_credential': {
        const credential = this.#credentials.get(operation.credential)
        if (credential === undefined) return null
        if ((await this.#ask('/acs/credentials/delete', { acs_credential_id: credential.id })) === null) return null
        this.#take({ fact: 'credential_deleted', credential: credential.label })
        return await this.#settle()
      }
      case 'phone': {
        const user_identity_id = this.#people.get(operation.person)
        if (user_identity_id === undefined) return null
        const body = await this.#ask('/phones/simulate/create_sandbox_phone', { user_identity_id })
        if (body === null) return null
        this.#phones.set(operation.as, (body['phone'] as { device_id: string }).device_id)
        this.#take({ fact: 'phone', phone: operation.as, person: operation.person })
        return await this.#settle()
      }
      case 'drop_phone': {
        const device_id = this.#phones.get(operation.phone)
        if (device_id === undefined) return null
        if ((await this.#ask('/phones/deactivate', { device_id })) === null) return null
        this.#phones.delete(operation.phone)
        this.#take({ fact: 'phone_gone', phone: operation.phone })
        return await this.#settle()
      }
      case 'clock': {
        const to = EPOCH + operation.to
        if (to <= this.#now) return null
        await workspace.must('/sandbox/clock/advance', { to: new Date(to).toISOString() })
        this.#now = to
        for (const grant of this.#grants.values()) grant.wasOver ||= grant.to <= to
        this.#take({ fact: 'now', now: to })
        return await this.#settle()
      }
      case 'fault': {
        const { provider, fault, times, encoder } = operation
        const acs_system_id = workspace.systemId(provider)
        const acs_encoder_id = encoder === undefined ? undefined : workspace.encoderId(encoder)
        if (acs_system_id === undefined || (encoder !== undefined && acs_encoder_id === undefined)) return null
        const delay_ms = fault === 'slow' ? 20 : undefined
        await workspace.must('/sandbox/systems/set_fault', { acs_system_id, fault, times, delay_ms, acs_encoder_id })
        if (encoder === undefined) {
          if (fault === 'none') this.#troubled.delete(provider)
          else this.#troubled.add(provider)
          this.#isTroubled = true
          const isSure = times === undefined && fault !== 'answer_lost'
          const reach = fault === 'none' || fault === 'slow' ? 'ok' : isSure ? 'away' : 'unsure'
          this.#take({ fact: 'reach', provider, reach })
        }
        return await this.#settle()
      }
      default:
        return null
    }
  }

  async #grant(operation: Extract<Operation, { do: 'grant' }>): Promise<Found | null> {
    const user_identity_id = this.#people.get(operation.person)
    const acs_entrance_ids = this.#workspace.doorIds(operation.doors)
    if (user_identity_id === undefined || acs_entrance_ids === null) return null
    const spaces = operation.spaces.filter((space) => this.#spaces.has(space))
    const body = await this.#ask('/access_grants/create', {
      user_identity_id,
      acs_entrance_ids,
      space_ids: spaces.map((space) => this.#spaces.get(space)?.id),
      requested_access_methods: operation.modes.map((mode) => ({
        mode,
        ...(mode === 'code' && operation.code !== undefined ? { code: operation.code } : {}),
      })),
      reservation_key: operation.key ?? undefined,
      starts_at: operation.from === null ? undefined : iso(operation.from),
      ends_at: operation.to === null ? undefined : iso(operation.to),
    })
    if (body === null) return null
    const id = (body['access_grant'] as { access_grant_id: string }).access_grant_id
    const { as, person, doors, key } = operation
    const from = instant(operation.from, this.#now)
    const to = instant(operation.to, Infinity)
    this.#grants.set(as, {
      id,
      person,
      methods: [],
      listed: new Set(),
      modes: [...operation.modes],
      deletedModes: new Set(),
      spaces,
      from,
      to,
      wasOver: to <= this.#now,
      isDeleted: false,
    })
    this.#take({ fact: 'grant', grant: as, person, doors, spaces, key, from, to })
    return await this.#settle(as)
  }

  async #encode(operation: Extract<Operation, { do: 'encode' }>): Promise<Found | null> {
    const acs_encoder_id = this.#workspace.encoderId(operation.encoder)
    const provider = providerOf(operation.encoder)
    const isMethod = 'grant' in operation.what
    const what =
      'grant' in operation.what ? this.#method(operation.what) : this.#credentials.get(operation.what.credential)
    if (acs_encoder_id === undefined || what === undefined) return null
    const { id, label: key } = what
    const body = isMethod
      ? await this.#ask('/access_methods/encode', { access_method_id: id, acs_encoder_id })
      : await this.#ask('/acs/encoders/encode_credential', { acs_credential_id: id, acs_encoder_id })
    if (body === null) return null
    await this.#workspace.must('/sandbox/settle', {})
    const placed = this.#encoders.get(operation.encoder)
    const card = placed === undefined ? (this.#plastic.get(key) ?? null) : placed
    const attempt = await this.#attempt(body)
    if (attempt.status === 'pending') {
      this.#pending.push({ attemptId: attempt.id, key, provider, card })
      if (card !== null) this.#take({ fact: 'murky', card: card.label })
      return this.#did()
    }
    if (attempt.status === 'error') {
      this.#refusedAttempt('encode', attempt)
      return this.#did()
    }
    if (placed !== undefined && placed !== null) placed.number ??= attempt.cardNumber
    const written = placed?.number === attempt.cardNumber ? placed : this.#meet(provider, attempt.cardNumber, null)
    if (placed !== undefined && placed !== written)
      return {
        kind: 'server failure',
        expected: `the card on the encoder to be written: ${placed?.label ?? 'none'}`,
        got: `written: ${written.label}`,
      }
    this.#cards.set(operation.as, written)
    this.#plastic.set(key, written)
    this.#take({ fact: 'written', key, card: written.label })
    return await this.#settle()
  }

  async #credential(operation: Extract<Operation, { do: 'credential' }>): Promise<Found | null> {
    const { as, provider, mode, guest, doors, from, to, code } = operation
    const user = this.#users.get(operation.user)
    const allowed_acs_entrance_ids = this.#workspace.doorIds(doors)
    if (user === undefined || allowed_acs_entrance_ids === null || user.provider !== provider) return null
    const joined = typeof guest === 'object' ? this.#credentials.get(guest.joins) : undefined
    if (typeof guest === 'object' && joined === undefined) return null
    const metadata =
      guest === 'staff'
        ? { card_function_type: 'staff' }
        : guest === 'override'
          ? { override: true }
          : { override: false, joiner_acs_credential_ids: [joined?.id] }
    const body = await this.#ask('/acs/credentials/create', {
      acs_user_id: user.id,
      access_method: mode,
      allowed_acs_entrance_ids,
      code,
      starts_at: from === null ? undefined : iso(from),
      ends_at: to === null ? undefined : iso(to),
      ...(provider === 'visionline' ? { visionline_metadata: metadata } : {}),
    })
    if (body === null) return null
    const created = body['acs_credential'] as { acs_credential_id: string; code?: string }
    // A start in the past is moved to now.
    const window = { from: Math.max(instant(from, this.#now), this.#now), to: instant(to, Infinity) }
    const { acs_credential_id: id } = created
    // A user of Salto Space has one card: wishing for another brings the one there is up to date.
    const known = [...this.#credentials.values()].find((one) => one.id === id)
    this.#credentials.set(as, known ?? { id, label: as, provider, code: created.code ?? null, from: window.from })
    if (known !== undefined) return await this.#settle()
    this.#take({
      fact: 'credential',
      credential: as,
      user: operation.user,
      provider,
      mode,
      doors,
      stay: joined !== undefined ? { joins: joined.label } : guest === 'override' ? 'new' : 'staff',
      ...(created.code == null ? {} : { code: created.code }),
      ...window,
    })
    return await this.#settle()
  }

  /** Everything due is done; then the model hears what the grants' methods are by now, and that all has been told. */
  async #settle(...changed: string[]): Promise<Found | null> {
    await this.#workspace.must('/sandbox/settle', {})
    // What waited for a system in trouble may have come true, whatever was asked for now.
    const grants = this.#isTroubled
      ? [...this.#grants].flatMap(([label, { isDeleted }]) => (isDeleted ? [] : [label]))
      : changed
    this.#isTroubled = this.#troubled.size > 0
    for (const label of grants) await this.#listMethods(label)
    for (const pending of this.#pending.splice(0)) await this.#resume(pending)
    this.#take({ fact: 'settled' })
    for (const label of grants) {
      const wrong = this.#wrongMethods(label)
      if (wrong !== null) return wrong
    }
    return this.#did()
  }

  async #listMethods(label: string): Promise<void> {
    const grant = this.#grants.get(label)
    if (grant === undefined || grant.isDeleted) return
    const { access_methods } = await this.#workspace.must('/access_methods/list', { access_grant_id: grant.id })
    const listed = access_methods as { access_method_id: string; mode: Mode; code?: string }[]
    const known = new Map<string, Method[]>()
    for (const method of this.#methods.values()) known.set(method.id, [...(known.get(method.id) ?? []), method])
    const fresh: Method[] = []
    for (const { access_method_id: id, mode } of listed) {
      const before = known.get(id) ?? []
      const there = await this.#identify(label, id, mode, before)
      known.set(id, there)
      fresh.push(...there.filter((method) => !grant.methods.includes(method)))
    }
    // Rows made at one frozen moment come in any order: the same history must number them the same way.
    const order = ({ mode, provider, door }: Method): string => [mode, provider, door].join(' ')
    for (const method of fresh.sort((a, b) => order(a).localeCompare(order(b)))) {
      if (method.label === '') {
        const { mode, provider } = method
        const nth = grant.methods.filter((one) => one.mode === mode && one.provider === provider).length
        method.label = `${label}.${mode}@${provider}#${nth}`
        this.#methods.set(method.label, method)
      }
      grant.methods.push(method)
    }
    grant.listed = new Set(listed.flatMap(({ access_method_id: id }) => (known.get(id) ?? []).map((one) => one.label)))
    this.#take({
      fact: 'methods',
      grant: label,
      methods: listed.flatMap(({ access_method_id: id, code }) =>
        (known.get(id) ?? []).map(({ label: method, provider, mode, door }) => {
          if (code !== undefined) this.#codes.set(method, code)
          return {
            method,
            mode,
            provider,
            ...(door === null ? {} : { door }),
            ...(code === undefined ? {} : { code }),
          }
        }),
      ),
    })
  }

  /** On which systems a method is, by the doors it covers: a PIN is one method wherever it is the same. */
  async #identify(grant: string, id: string, mode: Mode, before: readonly Method[]): Promise<Method[]> {
    const at = (provider: string, door: string | null): Method =>
      before.find((one) => one.provider === provider) ?? { id, label: '', mode, provider, door }
    const possible = [...this.#world.mustHave(grant, mode).keys()]
    const [only] = possible
    const isAtOne =
      possible.length === 1 && only !== undefined && !(mode === 'code' && systemFacts(only).pinIsForOneDoor)
    if (isAtOne && before.length <= 1) return [at(only, null)]
    if (mode !== 'code' && before.length > 0) return [...before]
    const { batch } = await this.#workspace.must('/access_methods/get_related', {
      access_method_ids: [id],
      include: ['acs_entrances'],
    })
    const doors = (batch as { acs_entrances: { acs_entrance_id: string }[] }).acs_entrances.flatMap(
      ({ acs_entrance_id }) => this.#workspace.doorName(acs_entrance_id) ?? [],
    )
    if (doors.length === 0) {
      if (before.length > 0) return [...before]
      throw new ServerFailure(`a ${mode} of ${grant} covers no door`)
    }
    return [...new Set(doors.map(providerOf))].map((provider) => {
      const isForOne = mode === 'code' && systemFacts(provider).pinIsForOneDoor
      return at(provider, isForOne ? (doors.find((door) => providerOf(door) === provider) ?? null) : null)
    })
  }

  /**
   * A grant has, for each mode it asks for, a method on every system where one of its doors can be opened so, and no
   * others (core.md 6.2). Of a mode that somebody deleted a method of, and of a grant that was over, only surplus counts.
   */
  #wrongMethods(label: string): Found | null {
    const grant = this.#grants.get(label)
    if (grant === undefined || grant.isDeleted || grant.to <= this.#now) return null
    for (const mode of MODES) {
      const asked = grant.modes.filter((one) => one === mode).length
      const must = this.#world.mustHave(label, mode)
      for (const { provider } of this.#workspace.systems) {
        if (!this.#world.isTold(provider)) continue
        const there = grant.methods.filter(
          (one) => one.mode === mode && one.provider === provider && grant.listed.has(one.label),
        ).length
        const each = must.get(provider) ?? 0
        const isLimited = systemFacts(provider).onePerPerson.includes(mode)
        const mayLack =
          grant.deletedModes.has(mode) || grant.wasOver || (isLimited && this.#hasAnother(label, mode, provider))
        const least = asked === 0 || mayLack ? 0 : each
        const most = isLimited ? Math.min(each, asked) : asked * each
        if (there >= least && there <= most) continue
        return {
          kind: there < least ? 'missing method' : 'surplus method',
          expected: `${least === most ? most : `${least} to ${most}`} ${mode} of ${label} at ${provider}`,
          got: String(there),
        }
      }
    }
    return null
  }

  /** Did another grant of the same person ever have such a key? */
  #hasAnother(label: string, mode: Mode, provider: string): boolean {
    const person = this.#grants.get(label)?.person
    return [...this.#grants].some(
      ([other, grant]) =>
        other !== label &&
        grant.person === person &&
        grant.methods.some((one) => one.mode === mode && one.provider === provider),
    )
  }

  async #resume(pending: Pending): Promise<void> {
    const { action_attempt } = await this.#workspace.must('/action_attempts/get', {
      action_attempt_id: pending.attemptId,
    })
    const attempt = action_attempt as { status: string; result: { card_number?: string } | null }
    if (attempt.status === 'pending') {
      this.#pending.push(pending)
      return
    }
    if (attempt.status === 'success' && attempt.result?.card_number != null) {
      const card = this.#meet(pending.provider, attempt.result.card_number, null)
      this.#plastic.set(pending.key, card)
      this.#take({ fact: 'written', key: pending.key, card: card.label })
      // Written at some moment in between: what stood on it then, nobody says.
      this.#take({ fact: 'murky', card: card.label })
    }
  }

  async #attempt(
    body: Record<string, unknown>,
  ): Promise<{ id: string; status: string; cardNumber: string | null; error: string }> {
    const { action_attempt_id } = body['action_attempt'] as { action_attempt_id: string }
    const { action_attempt } = await this.#workspace.must('/action_attempts/get', { action_attempt_id })
    const { status, result, error } = action_attempt as {
      status: string
      result: { card_number?: string } | null
      error: { type: string } | null
    }
    return { id: action_attempt_id, status, cardNumber: result?.card_number ?? null, error: error?.type ?? '' }
  }

  #refusedAttempt(what: string, attempt: { status: string; error: string }): void {
    const reason = `attempt ${what}: ${attempt.status} ${attempt.error}`
    this.outcome.refused.set(reason, (this.outcome.refused.get(reason) ?? 0) + 1)
  }

  /** Unlocks from afar: an operation of its own, that asks the system. */
  async #unlock(operation: Operation): Promise<Found | null> {
    const presentation = await this.#presentation(operation)
    if (presentation?.by !== 'remote') return null
    const { door, key } = presentation
    const acs_entrance_id = this.#workspace.doorId(door)
    if (acs_entrance_id === undefined) return null
    const verdict = this.#world.expect(presentation)
    if (verdict.opens === null) {
      this.outcome.undetermined++
      return null
    }
    const got = await this.#unlockDoor(key, acs_entrance_id)
    this.#note(presentation, got)
    this.#world.seen(presentation, got.opened)
    return compare(verdict, got)
  }

  #note(presentation: Presentation, got: { opened: boolean; reason: string }): void {
    this.outcome.presentations.push({ provider: providerOf(presentation.door), by: presentation.by, ...got })
    this.#did()
  }

  async #presentation(operation: Operation): Promise<Presentation | null> {
    switch (operation.do) {
      case 'show_card': {
        const card = await this.#card(operation.card)
        return card === null ? null : { by: 'card', card: card.label, door: operation.door }
      }
      case 'enter_code': {
        const { method, door } = operation
        const code =
          'digits' in method
            ? method.digits
            : 'credential' in method
              ? this.#credentials.get(method.credential)?.code
              : this.#codes.get(this.#method(method)?.label ?? '')
        return code == null ? null : { by: 'code', code, door }
      }
      case 'show_phone':
        return this.#phones.has(operation.phone) ? { by: 'phone', phone: operation.phone, door: operation.door } : null
      case 'unlock': {
        const method = this.#method(operation.method)
        return method === undefined ? null : { by: 'remote', key: method.label, door: operation.door }
      }
      default:
        return null
    }
  }

  async #unlockDoor(key: string, acs_entrance_id: string): Promise<{ opened: boolean; reason: string }> {
    const access_method_id = this.#methods.get(key)?.id
    const answer = await this.#workspace.call('/access_methods/unlock_door', { access_method_id, acs_entrance_id })
    if (answer.status !== 200) return { opened: false, reason: `answered ${answer.status}` }
    let attempt = await this.#attempt(answer.body)
    if (attempt.status === 'pending') {
      await this.#workspace.must('/sandbox/settle', {})
      attempt = await this.#attempt(answer.body)
    }
    const opened = attempt.status === 'success'
    return { opened, reason: opened ? 'granted' : `attempt ${attempt.status} ${attempt.error}` }
  }

  #method({ grant, mode, provider, nth }: MethodRef): Method | undefined {
    return this.#grants.get(grant)?.methods.filter((one) => one.mode === mode && one.provider === provider)[nth]
  }

  async #card(ref: CardRef): Promise<PlayedCard | null> {
    if ('made' in ref) return this.#cards.get(ref.made) ?? null
    if (this.#workspace.systemId(ref.pool) === undefined) return null
    const number = (await this.#workspace.pool(ref.pool))[ref.nth]
    return number === undefined ? null : this.#meet(ref.pool, number, null)
  }

  /** A card that the model does not know yet is blank, or unassigned. */
  #meet(provider: string, number: string | null, id: string | null): PlayedCard {
    const known = [...this.#known.values()].find(
      (card) =>
        card.provider === provider && ((number !== null && card.number === number) || (id !== null && card.id === id)),
    )
    if (known !== undefined) {
      known.number ??= number
      known.id ??= id
      return known
    }
    const card = { provider, label: `${provider}|${this.#known.size}`, number, id }
    this.#known.set(card.label, card)
    this.#take({ fact: 'blank', provider, card: card.label })
    return card
  }

  /** What is held to the door, in the words of the operation. */
  #inHand(presentation: Presentation): object {
    switch (presentation.by) {
      case 'card': {
        const card = this.#known.get(presentation.card)
        return card?.number != null ? { card_number: card.number } : { card_id: card?.id }
      }
      case 'code':
        return { code: presentation.code }
      case 'phone':
        return { device_id: this.#phones.get(presentation.phone) }
      case 'remote':
        return {}
    }
  }

  async #acsUser(who: string, provider: string): Promise<string | undefined> {
    const user = this.#users.get(who)
    if (user !== undefined) return user.provider === provider ? user.id : undefined
    const user_identity_id = this.#people.get(who)
    const acs_system_id = this.#workspace.systemId(provider)
    if (user_identity_id === undefined || acs_system_id === undefined) return undefined
    const { acs_users } = await this.#workspace.must('/acs/users/list', { user_identity_id, acs_system_id })
    return (acs_users as { acs_user_id: string }[])[0]?.acs_user_id
  }

  #did(): null {
    this.outcome.done++
    return null
  }
}

/** An instant of a history; `otherwise` where it says none. */
function instant(sinceEpoch: number | null, otherwise: number): number {
  return sinceEpoch === null ? otherwise : EPOCH + sinceEpoch
}

function iso(sinceEpoch: number): string {
  return new Date(EPOCH + sinceEpoch).toISOString()
}

function compare(verdict: Verdict, got: { opened: boolean; reason: string }): Found | null {
  const reasons = verdict.reasons === null ? 'any reason' : [...verdict.reasons].join(' or ')
  const expected = verdict.opens === true ? 'opens' : `refused: ${reasons}`
  const found = { expected, got: got.opened ? 'opened' : `refused: ${got.reason}` }
  if (got.opened && verdict.opens === false) return { kind: 'wrong opening', ...found }
  if (!got.opened && verdict.opens === true) return { kind: 'wrong refusal', ...found }
  if (!got.opened && verdict.reasons !== null && !verdict.reasons.has(got.reason))
    return { kind: 'wrong reason', ...found }
  return null
}
