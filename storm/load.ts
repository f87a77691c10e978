/** What the callers do while the storm goes on, and what they were promised. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isLost, NoAnswer, type Acknowledged, type Attempt, type Caller, type Grant } from './client.ts'
import type { Random } from './random.ts'
import type { StormReceiver } from './receiver.ts'

/** A kind of grant: doors of one or two systems, by the names in the sandbox. */
interface Recipe {
  doors: [system: string, door: string][]
  modes: string[]
}

const RECIPES: readonly Recipe[] = [
  { doors: [['salto_space_system', 'Main Entrance']], modes: ['card'] },
  { doors: [['salto_space_system', 'Gym']], modes: ['card'] },
  { doors: [['visionline_system', 'Main Entrance']], modes: ['card', 'mobile_key'] },
  { doors: [['dormakaba_ambiance_site', 'Lobby']], modes: ['card'] },
  { doors: [['brivo_account', 'Front Door']], modes: ['code'] },
  { doors: [['akiles_organization', 'Front Door']], modes: ['code'] },
  {
    doors: [
      ['brivo_account', 'Garage'],
      ['visionline_system', 'Main Entrance'],
    ],
    modes: ['code', 'card'],
  },
]
const SYSTEMS = [...new Set(RECIPES.flatMap(({ doors }) => doors.map(([system]) => system)))]

/** What an acknowledged grant must be, by what its caller was told. */
export interface GrantPromise {
  label: string
  access_grant_id: string
  access_method_ids: string[]
  modes: string[]
  doorIds: string[]
  name: string
  ends_at: string
  /** Acknowledged changes of its times. */
  timeChanges: number
  isDeleted: boolean
  hasEncoded: boolean
}

/** An encode that was acknowledged, and how its caller saw it end. */
export interface EncodePromise {
  action_attempt_id: string
  access_method_id: string
  end: Attempt | null
}

/** Everything that was promised to the callers so far. */
export class Ledger {
  readonly grants: GrantPromise[] = []
  readonly encodes: EncodePromise[] = []
  readonly spaces = new Map<string, { name: string; isDeleted: boolean }>()
  /** Path at the receiver -> the webhook, and the event types it wants. */
  readonly webhooks = new Map<string, { webhook_id: string; event_types: string[] }>()
  /** Encodes that took effect and whose answer could not be made again. */
  lostEncodes = 0
  /** Calls that were refused or never answered, though they should have been carried out. */
  readonly complaints: string[] = []
}

/** The doors and encoders of the sandbox, by name. */
export class Ground {
  readonly #doors = new Map<string, string>()
  readonly #encoders = new Map<string, string[]>()
  readonly systemIds: string[] = []

  static async look(caller: Caller): Promise<Ground> {
    const ground = new Ground()
    const systems = (await caller.read('/acs/systems/list')).body.acs_systems ?? []
    for (const name of SYSTEMS) {
      const acs_system_id = systems.find(({ external_type }) => external_type === name)?.acs_system_id
      if (acs_system_id === undefined) throw new Error(`the sandbox has no ${name}`)
      ground.systemIds.push(acs_system_id)
      const doors = (await caller.read('/acs/entrances/list', { acs_system_id })).body.acs_entrances ?? []
      for (const door of doors) ground.#doors.set(`${name}/${door.display_name}`, door.acs_entrance_id)
      const encoders = (await caller.read('/acs/encoders/list', { acs_system_ids: [acs_system_id] })).body.acs_encoders
      ground.#encoders.set(
        name,
        (encoders ?? []).map(({ acs_encoder_id }) => acs_encoder_id),
      )
    }
    return ground
  }

  door(system: string, door: string): string {
    const id = this.#doors.get(`${system}/${door}`)
    if (id === undefined) throw new Error(`${system} has no door ${door}`)
    return id
  }

  /** Takes an encoder for one caller, if one is free. */
  takeEncoder(system: string): string | undefined {
    return this.#encoders.get(system)?.shift()
  }

  giveBack(system: string, encoder: string): void {
    this.#encoders.get(system)?.push(encoder)
  }
}

export interface LoadOptions {
  caller: Caller
  ground: Ground
  ledger: Ledger
  receiver: StormReceiver
  random: Random
  name: string
}

const HOUR_MS = 3_600_000
/** Grants of one caller that stand at a time. */
const MOST_GRANTS = 6

/** One caller: makes, changes, encodes and deletes grants of its own, one call after the other. */
export class Guest {
  readonly #options: LoadOptions
  readonly #own: (GrantPromise & { recipe: Recipe })[] = []
  readonly #spaces: string[] = []
  #count = 0
  #isStopped = false

  constructor(options: LoadOptions) {
    this.#options = options
  }

  /** Goes on until `stop`; what is under way is brought to its answer. */
  async run(): Promise<void> {
    this.#isStopped = false
    const { random, ledger } = this.#options
    while (!this.#isStopped) {
      try {
        await this.#step()
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        ledger.complaints.push(error.message)
      }
      await sleep(random.between(5, 60))
    }
  }

  stop(): void {
    this.#isStopped = true
  }

  async #step(): Promise<void> {
    const { random } = this.#options
    const standing = this.#own.filter((grant) => !grant.isDeleted)
    const toEncode = standing.filter((grant) => grant.modes.includes('card') && !grant.hasEncoded)
    const kind = random.weighted({
      create: standing.length < MOST_GRANTS ? 5 : 0,
      update: standing.length > 0 ? 3 : 0,
      encode: toEncode.length > 0 ? 6 : 0,
      remove: standing.length > 2 ? 3 : 0,
      space: 2,
      webhook: this.#options.ledger.webhooks.size < 4 ? 0.3 : 0,
    })
    switch (kind) {
      case 'create':
        return this.#create()
      case 'update':
        return this.#update(random.pick(standing))
      case 'encode':
        return this.#encode(random.pick(toEncode))
      case 'remove':
        return this.#delete(random.pick(standing))
      case 'space':
        return this.#space()
      case 'webhook':
        return this.#webhook()
    }
  }

  /** Sends a change; a refusal is a complaint, since every call of the load is one that must be carried out. */
  async #change(path: string, params: object): Promise<Acknowledged | null> {
    const answer = await this.#options.caller.change(path, params)
    if (answer.status === 200 || isLost(answer)) return answer
    this.#options.ledger.complaints.push(
      `${path} ${JSON.stringify(params)} was refused after ${answer.sent} tries: ${answer.status} ${JSON.stringify(answer.body)}`,
    )
    return null
  }

  async #create(): Promise<void> {
    const { random, ground, caller, ledger, name } = this.#options
    const recipe = random.pick(RECIPES)
    const label = `${name}-${++this.#count}`
    // Half of them have no key that must be unique: the Idempotency-Key alone keeps them from being made twice.
    const hasKey = random.chance(0.5)
    const now = Date.now()
    const ends_at = new Date(now + random.between(24, 72) * HOUR_MS).toISOString()
    const doorIds = recipe.doors.map(([system, door]) => ground.door(system, door))
    const answer = await this.#change('/access_grants/create', {
      ...(hasKey ? { access_grant_key: label } : {}),
      name: label,
      user_identity: { full_name: `Guest ${label}` },
      acs_entrance_ids: doorIds,
      requested_access_methods: recipe.modes.map((mode) => ({ mode })),
      starts_at: new Date(now - HOUR_MS).toISOString(),
      ends_at,
    })
    if (answer === null) return
    const made = answer.body.access_grant ?? (await allGrants(caller)).find(({ name }) => name === label)
    if (made === undefined) {
      ledger.complaints.push(`the grant ${label} was acknowledged and is not there`)
      return
    }
    const { access_grant_id, access_method_ids } = made
    const grant = {
      ...{ label, access_grant_id, access_method_ids, doorIds, ends_at, recipe },
      ...{ modes: recipe.modes, name: label, timeChanges: 0, isDeleted: false, hasEncoded: false },
    }
    this.#own.push(grant)
    ledger.grants.push(grant)
  }

  async #update(grant: GrantPromise): Promise<void> {
    const { random } = this.#options
    const name = `Name ${random.hex(6)}`
    // The times of a card that is written would ask for another encode.
    const isTimed = !grant.modes.includes('card') && random.chance(0.6)
    const ends_at = isTimed ? new Date(Date.now() + random.between(24, 96) * HOUR_MS).toISOString() : grant.ends_at
    const change = { access_grant_id: grant.access_grant_id, name, ...(isTimed ? { ends_at } : {}) }
    if ((await this.#change('/access_grants/update', change)) === null) return
    Object.assign(grant, { name, ends_at, timeChanges: grant.timeChanges + (isTimed ? 1 : 0) })
  }

  async #encode(grant: GrantPromise & { recipe: Recipe }): Promise<void> {
    const { caller, ground, ledger } = this.#options
    const { access_grant_id } = grant
    const methods = (await caller.read('/access_methods/list', { access_grant_id })).body.access_methods ?? []
    const method = methods.find(({ mode, is_encoding_required }) => mode === 'card' && is_encoding_required === true)
    // Its system has not been told of it yet.
    if (method === undefined) return
    const system = grant.recipe.doors.map(([name]) => name).find((name) => name !== 'brivo_account') ?? ''
    const encoder = ground.takeEncoder(system)
    if (encoder === undefined) return
    try {
      const { access_method_id } = method
      const answer = await this.#change('/access_methods/encode', { access_method_id, acs_encoder_id: encoder })
      const action_attempt_id = answer?.body.action_attempt?.action_attempt_id
      if (action_attempt_id === undefined) {
        if (answer !== null) ledger.lostEncodes++
        return
      }
      const encode: EncodePromise = { action_attempt_id, access_method_id, end: null }
      ledger.encodes.push(encode)
      encode.end = await this.#ended(action_attempt_id)
      if (encode.end?.status === 'success') grant.hasEncoded = true
    } finally {
      ground.giveBack(system, encoder)
    }
  }

  async #ended(action_attempt_id: string): Promise<Attempt | null> {
    const { caller, ledger } = this.#options
    const startedAt = performance.now()
    for (;;) {
      const attempt = (await caller.read('/action_attempts/get', { action_attempt_id })).body.action_attempt
      if (attempt !== undefined && attempt.status !== 'pending') return attempt
      if (performance.now() - startedAt > 65_000) {
        ledger.complaints.push(`the attempt ${action_attempt_id} was still pending after 65 s`)
        return null
      }
      await sleep(50)
    }
  }

  async #delete(grant: GrantPromise): Promise<void> {
    const { access_grant_id } = grant
    if ((await this.#change('/access_grants/delete', { access_grant_id })) !== null) grant.isDeleted = true
  }

  async #space(): Promise<void> {
    const { random, ledger } = this.#options
    const name = `Space ${random.hex(8)}`
    const [oldest] = this.#spaces
    if (oldest !== undefined && this.#spaces.length > 3) {
      if ((await this.#change('/spaces/delete', { space_id: oldest })) === null) return
      this.#spaces.shift()
      ledger.spaces.set(oldest, { name: '', isDeleted: true })
      return
    }
    if (oldest !== undefined && random.chance(0.4)) {
      if ((await this.#change('/spaces/update', { space_id: oldest, name })) === null) return
      ledger.spaces.set(oldest, { name, isDeleted: false })
      return
    }
    const answer = await this.#change('/spaces/create', { name })
    const space_id = answer?.body.space?.space_id
    if (space_id === undefined) return
    this.#spaces.push(space_id)
    ledger.spaces.set(space_id, { name, isDeleted: false })
  }

  async #webhook(): Promise<void> {
    const event_types = ['access_grant.created', 'access_grant.deleted', 'space.created']
    await makeWebhook(this.#options, `/more-${this.#options.random.hex(4)}`, event_types)
  }
}

/** Makes a webhook to a path of the receiver and writes it down. */
export async function makeWebhook(
  { caller, receiver, ledger }: Pick<LoadOptions, 'caller' | 'receiver' | 'ledger'>,
  path: string,
  event_types: string[],
): Promise<void> {
  const { body } = await caller.change('/webhooks/create', { url: receiver.url + path, event_types })
  if (body.webhook === undefined) return
  receiver.knows(path, body.webhook.secret)
  ledger.webhooks.set(path, { webhook_id: body.webhook.webhook_id, event_types })
}

/** Every grant there is, page by page. */
export async function allGrants(caller: Caller): Promise<Grant[]> {
  const grants: Grant[] = []
  for (let page_cursor: string | null = null; ;) {
    const { body } = await caller.read('/access_grants/list', {
      limit: 500,
      ...(page_cursor === null ? {} : { page_cursor }),
    })
    grants.push(...(body.access_grants ?? []))
    page_cursor = body.pagination?.next_page_cursor ?? null
    if (page_cursor === null) return grants
  }
}
