/** A virtual system as a driver's tests see it: a connection, the building behind it, and short words for what they do. */
import type {
  AccessSystemDriver,
  DesiredCredential,
  DesiredGroup,
  DesiredUser,
  DriverHost,
  Login,
  SystemConnection,
} from './driver.ts'
import { sandboxLogin } from './login.ts'
import { memoryHost, MemoryRecords, type MemoryHost } from './memory-records.ts'
import type { DoorReason, VirtualBuilding, VirtualRecords } from './virtual.ts'

const HOUR_MS = 3_600_000

export class TestSystem implements AsyncDisposable {
  readonly records: MemoryRecords
  readonly host: MemoryHost
  readonly signal = new AbortController().signal
  readonly building: VirtualBuilding
  readonly connection: SystemConnection
  readonly #closes: AsyncDisposable[]
  /** What the system calls a credential, and its stay, by our reference: as rows would hold them. */
  readonly #known = new Map<string, { external_id: string; stay: string | null; isWritten: boolean }>()
  /** What people are called, by the system's id. */
  readonly #names = new Map<string, string | null>()
  #asked = 0

  private constructor(
    records: MemoryRecords,
    host: MemoryHost,
    building: VirtualBuilding,
    connection: SystemConnection,
    closes: AsyncDisposable[],
  ) {
    this.records = records
    this.host = host
    this.building = building
    this.connection = connection
    this.#closes = closes
  }

  static async of(driver: AccessSystemDriver): Promise<TestSystem> {
    const system = await TestSystem.unseeded(driver)
    await system.building.seed()
    return system
  }

  static async unseeded(driver: AccessSystemDriver): Promise<TestSystem> {
    const records = new MemoryRecords()
    const host = memoryHost(records)
    const building = driver.virtualBuilding(records, host)
    const { connection, closes } = await connectTo(driver, records, host)
    return new TestSystem(records, host, building, connection, closes)
  }

  /** A further connection to the same system with another login; it is closed with the rest. */
  async signIn(driver: AccessSystemDriver, login: Login): Promise<SystemConnection> {
    const { connection, closes } = await connectTo(driver, this.records, this.host, login)
    this.#closes.push(...closes)
    return connection
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#closes) await one[Symbol.asyncDispose]()
  }

  /** An instant this many hours from now. */
  at(hours: number): string {
    return new Date(this.host.time + hours * HOUR_MS).toISOString()
  }

  pass(hours: number): void {
    this.host.time += hours * HOUR_MS
  }

  /** A new id for a change or an attempt. */
  id(): string {
    return `asked-${++this.#asked}`
  }

  async putGroup(wish: Partial<DesiredGroup> & { reference: string }): Promise<string> {
    const group = { external_id: null, name: wish.reference, entrance_ids: [], starts_at: null, ends_at: null, ...wish }
    return this.#idOf(await this.connection.apply({ id: this.id(), kind: 'put_group', group }, this.signal))
  }

  async putUser(wish: Partial<DesiredUser> = {}): Promise<string> {
    const user = userWish(wish)
    const id = this.#idOf(await this.connection.apply({ id: this.id(), kind: 'put_user', user }, this.signal))
    this.#names.set(id, user.full_name)
    return id
  }

  /** Tells the system of a credential; answers with it as it then stands. */
  async put(wish: Partial<DesiredCredential> & { reference: string }): Promise<DesiredCredential> {
    const credential = this.#asTold(credentialWish(wish))
    const answer = await this.connection.apply({ id: this.id(), kind: 'put_credential', credential }, this.signal)
    this.#learn(credential, answer.external_id, credential.mode !== 'card')
    return { ...credential, external_id: answer.external_id, code: answer.code ?? credential.code }
  }

  async remove(credential: DesiredCredential): Promise<void> {
    const { mode, reference } = credential
    const external_id = this.#asTold(credential).external_id ?? reference
    await this.connection.apply({ id: this.id(), kind: 'delete_credential', external_id, mode }, this.signal)
    this.#known.delete(reference)
  }

  /** Encodes a credential; answers with the card's number. */
  async encode(wish: DesiredCredential, encoder_id: string): Promise<string> {
    const { cardEncoding } = this.connection
    if (cardEncoding === undefined) throw new Error('this system does not encode')
    const credential = this.#asTold(wish)
    const card = await cardEncoding.encode({ attempt_id: this.id(), encoder_id, credential }, this.signal)
    this.#learn(credential, card.credential_id, true)
    return card.card_number
  }

  /** A wish with what the reconciler would add of the rows: its id at the system, its holder, and the cards of its stay. */
  #asTold(wish: DesiredCredential): DesiredCredential {
    const { stay, reference } = wish
    const others = [...this.#known].filter(([other, one]) => other !== reference && one.isWritten)
    const joins = others.flatMap(([, one]) => (one.stay === stay?.key ? one.external_id : []))
    return {
      ...wish,
      external_id: wish.external_id ?? this.#known.get(reference)?.external_id ?? null,
      holder_name: this.#names.get(wish.user_id ?? '') ?? null,
      stay: stay === null ? null : { joins, ...stay },
    }
  }

  #learn({ reference, stay }: DesiredCredential, external_id: string | null, isWritten: boolean): void {
    if (external_id === null) return
    const isStillWritten = isWritten || this.#known.get(reference)?.isWritten === true
    this.#known.set(reference, { external_id, stay: stay?.key ?? null, isWritten: isStillWritten })
  }

  async presentCard(entrance_id: string, card_number: string): Promise<DoorReason> {
    return (await this.building.presentCard({ entrance_id, card_number })).reason
  }

  #idOf(answer: { external_id: string | null }): string {
    if (answer.external_id === null) throw new Error('the system gave no id')
    return answer.external_id
  }
}

export function userWish(wish: Partial<DesiredUser> = {}): DesiredUser {
  return {
    reference: 'jane',
    external_id: null,
    full_name: 'Jane Doe',
    email_address: null,
    phone_number: null,
    is_suspended: false,
    schedule: null,
    group_ids: [],
    entrance_ids: [],
    ...wish,
  }
}

export function credentialWish(wish: Partial<DesiredCredential> & { reference: string }): DesiredCredential {
  return {
    external_id: null,
    mode: 'card',
    user_id: null,
    entrance_ids: [],
    code: null,
    card_number: null,
    stay: null,
    phone_id: null,
    options: {},
    starts_at: null,
    ends_at: null,
    ...wish,
  }
}

/** As the sandbox does it: over the maker's wire where the virtual system speaks it, else in process. */
export async function connectTo(
  driver: AccessSystemDriver,
  records: VirtualRecords,
  host: DriverHost,
  login: Login = sandboxLogin(driver.definition),
): Promise<{ connection: SystemConnection; closes: AsyncDisposable[] }> {
  if (driver.serveVirtual === undefined) {
    const connection = await driver.connect(login, host)
    return { connection, closes: [connection] }
  }
  const served = await driver.serveVirtual(records, host)
  const { virtual: _virtual, ...outside } = host
  const connection = await driver.connect({ ...login, ...served.login }, outside)
  return { connection, closes: [connection, served] }
}
