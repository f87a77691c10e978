/**
 * Compares everything that was acknowledged with what the API answers, what the tables hold, what the virtual buildings
 * know and do, which events there are, and what the receiver got. Runs when everything is healed and settled.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from './client.ts'
import { allGrants, type GrantPromise, type Ground, type Ledger } from './load.ts'
import type { Cluster } from './processes.ts'
import type { Random } from './random.ts'
import type { StormReceiver } from './receiver.ts'

/** Something that was promised and is not so. */
export interface Violation {
  what: string
  evidence: string
}

export interface AuditOptions {
  cluster: Cluster
  caller: Caller
  ground: Ground
  ledger: Ledger
  receiver: StormReceiver
  random: Random
}

const SETTLE_MS = 90_000
/**
 * What a worker that stood still told a system too late, dying before it could say so, stands until the next check of its
 * telling, a minute after the first (src/store/tellings.ts).
 */
const CHECKED_MS = 75_000
/** Doors looked at in one audit, of each kind. */
const DOORS = 4

export class Auditor {
  readonly #options: AuditOptions
  #found: Violation[] = []
  readonly #told = new Set<string>()
  /** Comparisons made so far. */
  compared = 0
  /** What was told too late, and put right: how long after it was seen (milliseconds). */
  readonly lateMs: number[] = []
  #complaintsSeen = 0
  #callerComplaintsSeen = 0

  constructor(options: AuditOptions) {
    this.#options = options
  }

  /** Waits until the work is done, then compares everything. */
  async audit(): Promise<Violation[]> {
    this.#found = []
    await this.#settle()
    this.#complaints()
    await this.#grants()
    await this.#spaces()
    await this.#attempts()
    await this.#events()
    await this.#deliveries()
    await this.#buildings()
    await this.#jobs()
    await this.#doors()
    // What was found before is told once.
    const news = this.#found.filter(({ what, evidence }) => !this.#told.has(`${what} ${evidence}`))
    for (const { what, evidence } of news) this.#told.add(`${what} ${evidence}`)
    return news
  }

  #expect(isTrue: boolean, what: string, evidence: () => unknown): void {
    this.compared++
    if (isTrue) return
    const shown = evidence()
    this.#found.push({ what, evidence: typeof shown === 'string' ? shown : JSON.stringify(shown) })
  }

  async #settle(): Promise<void> {
    const { caller, cluster } = this.#options
    const deadline = performance.now() + SETTLE_MS
    for (;;) {
      const { status, body } = await caller.read('/sandbox/settle')
      const waiting = await cluster.sql(`SELECT 1 FROM webhook_delivery WHERE status = 'pending' LIMIT 1`)
      if (status === 200 && waiting.length === 0) return
      if (performance.now() > deadline) {
        this.#expect(false, 'the work does not come to an end', () => body)
        return
      }
      await sleep(100)
    }
  }

  /** What is wrong, as soon as no telling is in doubt that explains it. */
  async #onceChecked<T>(look: () => Promise<T[]>): Promise<T[]> {
    const { cluster } = this.#options
    const since = performance.now()
    for (let wrong = await look(); ; wrong = await look()) {
      const waitedMs = performance.now() - since
      const doubts = await cluster.sql('SELECT 1 FROM telling WHERE lost_at IS NOT NULL LIMIT 1')
      if (wrong.length > 0 && doubts.length > 0 && waitedMs < CHECKED_MS) {
        await sleep(500)
        continue
      }
      if (wrong.length === 0 && waitedMs >= 500) this.lateMs.push(waitedMs)
      return wrong
    }
  }

  #complaints(): void {
    const { ledger, caller, cluster } = this.#options
    for (const complaint of ledger.complaints.slice(this.#complaintsSeen))
      this.#expect(false, 'a call was not carried out', () => complaint)
    for (const complaint of caller.complaints.slice(this.#callerComplaintsSeen))
      this.#expect(false, 'one key had two answers or two effects', () => complaint)
    this.#complaintsSeen = ledger.complaints.length
    this.#callerComplaintsSeen = caller.complaints.length
    for (const member of cluster.members)
      for (const end of member.ownEnds.splice(0)) this.#expect(false, 'a process ended by itself', () => end)
  }

  async #grants(): Promise<void> {
    const { caller, cluster, ledger } = this.#options
    const shown = new Map((await allGrants(caller)).map((grant) => [grant.access_grant_id, grant]))
    const rows = await cluster.sql<{
      access_grant_id: string
      name: string | null
      ends_at: Date | null
      methods: string[] | null
    }>(
      `SELECT g.access_grant_id, g.name, g.ends_at,
              (SELECT array_agg(m.access_method_id::text) FROM access_method m
                WHERE m.workspace_id = g.workspace_id AND g.access_grant_id = ANY(m.access_grant_ids)) AS methods
         FROM access_grant g`,
    )
    const stored = new Map(rows.map((row) => [row.access_grant_id, row]))
    const promised = new Map(ledger.grants.map((grant) => [grant.access_grant_id, grant]))
    for (const grant of ledger.grants) {
      const answer = shown.get(grant.access_grant_id)
      const row = stored.get(grant.access_grant_id)
      if (grant.isDeleted) {
        this.#expect(answer === undefined && row === undefined, 'a deletion was lost', () => ({ grant, answer, row }))
        continue
      }
      this.#expect(answer !== undefined && row !== undefined, 'a grant was lost', () => ({ grant, answer, row }))
      if (answer === undefined || row === undefined) continue
      this.#expect(
        answer.name === grant.name &&
          row.name === grant.name &&
          answer.ends_at === grant.ends_at &&
          row.ends_at?.toISOString() === grant.ends_at,
        'an update was lost',
        () => ({ grant, answer, row }),
      )
      const same = (ids: readonly string[]): boolean =>
        [...ids].sort().join() === [...grant.access_method_ids].sort().join()
      this.#expect(
        same(answer.access_method_ids) && same(row.methods ?? []),
        'a grant has other access methods than were promised',
        () => ({ grant, answer, row }),
      )
    }
    for (const row of rows)
      this.#expect(promised.has(row.access_grant_id), 'a grant is there that nobody was told of', () => row)
  }

  async #spaces(): Promise<void> {
    const { cluster, ledger } = this.#options
    const rows = await cluster.sql<{ space_id: string; name: string }>('SELECT space_id, name FROM space')
    const stored = new Map(rows.map((row) => [row.space_id, row.name]))
    for (const [space_id, { name, isDeleted }] of ledger.spaces) {
      const is = stored.get(space_id)
      this.#expect(isDeleted ? is === undefined : is === name, 'a change of a space was lost', () => ({
        ...{ space_id, name, isDeleted, is },
      }))
    }
    for (const row of rows)
      this.#expect(ledger.spaces.has(row.space_id), 'a space is there that nobody was told of', () => row)
  }

  async #attempts(): Promise<void> {
    const { cluster, ledger } = this.#options
    const rows = await cluster.sql<{
      action_attempt_id: string
      status: string
      error: { message: string } | null
      is_overdue: boolean
    }>(
      `SELECT action_attempt_id, status, error, status = 'pending' AND created_at < now() - interval '60 s' AS is_overdue
         FROM action_attempt WHERE action_type LIKE 'ENCODE%'`,
    )
    const stored = new Map(rows.map((row) => [row.action_attempt_id, row]))
    for (const { action_attempt_id, end } of ledger.encodes) {
      const row = stored.get(action_attempt_id)
      this.#expect(row !== undefined, 'an encode was lost', () => action_attempt_id)
      if (row === undefined || end === null) continue
      this.#expect(
        row.status === end.status && row.error?.message === end.error?.message,
        'an attempt that had ended ended otherwise later',
        () => ({ end, row }),
      )
    }
    this.#expect(
      rows.length === ledger.encodes.length + ledger.lostEncodes,
      'there are more encodes than were asked for',
      () => ({ asked: ledger.encodes.length + ledger.lostEncodes, are: rows.length }),
    )
    for (const row of rows) this.#expect(!row.is_overdue, 'an attempt is pending for more than 60 s', () => row)
  }

  async #events(): Promise<void> {
    const { cluster, ledger } = this.#options
    const rows = await cluster.sql<{ event_type: string; id: string; times: number }>(
      `SELECT event_type, coalesce(payload->>'access_method_id', payload->>'access_grant_id', payload->>'space_id') AS id, count(*)::int AS times
         FROM event WHERE event_type ~ '^(access_grant|access_method|space)[.]' GROUP BY 1, 2`,
    )
    const counts = new Map(rows.map(({ event_type, id, times }) => [`${event_type} ${id}`, times]))
    const exactly = (event_type: string, id: string, wanted: number): void => {
      const times = counts.get(`${event_type} ${id}`) ?? 0
      const what = times < wanted ? 'an event is missing' : 'an event was doubled'
      this.#expect(times === wanted, what, () => ({ event_type, id, wanted, times }))
    }
    for (const grant of ledger.grants) {
      exactly('access_grant.created', grant.access_grant_id, 1)
      exactly('access_grant.deleted', grant.access_grant_id, grant.isDeleted ? 1 : 0)
      exactly('access_grant.access_times_changed', grant.access_grant_id, grant.timeChanges)
      for (const id of grant.access_method_ids) {
        exactly('access_method.created', id, 1)
        exactly('access_method.deleted', id, grant.isDeleted ? 1 : 0)
      }
    }
    for (const [space_id, { isDeleted }] of ledger.spaces) {
      exactly('space.created', space_id, 1)
      exactly('space.deleted', space_id, isDeleted ? 1 : 0)
    }
    const issued = await cluster.sql<{ access_method_id: string; is_issued: boolean; times: number }>(
      `SELECT m.access_method_id, m.is_issued, count(e.event_id)::int AS times
         FROM access_method m LEFT JOIN event e ON e.workspace_id = m.workspace_id AND e.event_type = 'access_method.issued'
          AND e.subject_ids @> ARRAY[m.access_method_id] GROUP BY 1, 2, m.workspace_id`,
    )
    for (const one of issued)
      this.#expect(one.times === (one.is_issued ? 1 : 0), 'a method was issued and told otherwise than once', () => one)
    const doubled = await cluster.sql(
      `SELECT event_type, subject_ids, count(*)::int AS times FROM event
        WHERE event_type ~ '[.](created|deleted|issued)$' GROUP BY event_type, subject_ids, payload - '{event_id,created_at,occurred_at}'::text[] HAVING count(*) > 1`,
    )
    this.#expect(doubled.length === 0, 'an event was doubled', () => doubled)
  }

  async #deliveries(): Promise<void> {
    const { cluster, ledger, receiver } = this.#options
    const receipts = new Map<string, Set<string>>()
    const eventOf = new Map<string, string>()
    for (const { path, message_id, event_id, isSigned } of receiver.receipts) {
      const id = `${path} ${event_id}`
      receipts.set(id, (receipts.get(id) ?? new Set()).add(message_id))
      const known = eventOf.get(message_id) ?? id
      this.#expect(known === id, 'one message id stands for two events', () => ({ message_id, known, id }))
      eventOf.set(message_id, known)
      this.#expect(isSigned, 'a message was not signed rightly', () => ({ path, message_id, event_id }))
    }
    const events = await cluster.sql<{ event_id: string }>('SELECT event_id FROM event')
    const logged = new Set(events.map(({ event_id }) => event_id))
    for (const { path, event_id, event_type } of receiver.receipts)
      this.#expect(logged.has(event_id), 'an event was delivered that is not in the log', () => ({
        ...{ path, event_id, event_type },
      }))
    for (const [path, { webhook_id, event_types }] of ledger.webhooks) {
      // Commands under way while the webhook was made may not have seen it.
      const due = await cluster.sql<{ event_id: string; event_type: string; status: string | null }>(
        `SELECT e.event_id, e.event_type, d.status FROM event e JOIN webhook w USING (workspace_id)
           LEFT JOIN webhook_delivery d ON d.workspace_id = e.workspace_id AND d.webhook_id = w.webhook_id AND d.event_id = e.event_id
          WHERE w.webhook_id = $1 AND ('*' = ANY($2::text[]) OR e.event_type = ANY($2::text[]))
            AND (d.event_id IS NOT NULL OR e.created_at > w.created_at + interval '20 s')`,
        [webhook_id, event_types],
      )
      for (const one of due) {
        const ids = receipts.get(`${path} ${one.event_id}`)
        this.#expect(one.status === 'delivered', 'an event has no delivery that ended', () => ({ path, ...one }))
        this.#expect(ids !== undefined, 'an event was never delivered', () => ({ path, ...one }))
        this.#expect(ids === undefined || ids.size === 1, 'an event was delivered under two message ids', () => ({
          ...{ path, event_id: one.event_id, ids: [...(ids ?? [])] },
        }))
      }
    }
  }

  async #buildings(): Promise<void> {
    const { cluster } = this.#options
    const doubled = await cluster.sql(
      `SELECT building_id, kind, data->>'reference' AS reference, count(*)::int AS times FROM virtual_record
        WHERE kind IN ('credential', 'user') AND data->>'reference' IS NOT NULL AND NOT (data->>'is_deleted')::boolean
        GROUP BY 1, 2, 3 HAVING count(*) > 1`,
    )
    this.#expect(doubled.length === 0, 'a credential or user is twice at the system', () => doubled)
    const wished = `SELECT c.acs_credential_id, c.code, c.ends_at, v.data,
              NOT (v.data->>'is_deleted')::boolean AND c.code IS NOT DISTINCT FROM v.data->>'code'
                AND (v.data->>'ends_at')::timestamptz IS NOT DISTINCT FROM c.ends_at AS is_right
         FROM acs_credential c JOIN access_method m USING (workspace_id, access_method_id)
         JOIN acs_system s ON s.workspace_id = c.workspace_id AND s.acs_system_id = c.acs_system_id
         LEFT JOIN virtual_record v ON v.workspace_id = c.workspace_id AND v.building_id = s.external_id AND v.kind = 'credential' AND v.id = c.external_id
        WHERE NOT c.is_deleting AND c.external_id IS NOT NULL AND (c.access_method <> 'card' OR c.is_issued)`
    const wrong = await this.#onceChecked(async () => {
      const all = await cluster.sql<{ acs_credential_id: string; is_right: boolean | null }>(wished)
      this.compared += all.length
      return all.filter(({ is_right }) => is_right !== true)
    })
    for (const one of wrong) this.#expect(false, 'a credential is not at the system as it should be', () => one)
    const left = await this.#onceChecked(() =>
      cluster.sql(
        `SELECT v.building_id, v.id, v.data FROM virtual_record v
          WHERE v.kind = 'credential' AND v.data->>'reference' IS NOT NULL AND NOT (v.data->>'is_deleted')::boolean
            AND NOT EXISTS (SELECT FROM acs_credential c WHERE c.workspace_id = v.workspace_id AND c.external_id = v.id)`,
      ),
    )
    this.#expect(left.length === 0, 'a credential is at the system that nobody wishes for', () => left)
    await this.#cards()
  }

  /** Of a method that stands, one card was written for every encode that ended well, and none for the others. */
  async #cards(): Promise<void> {
    const { cluster, ledger } = this.#options
    const rows = await cluster.sql<{ access_method_id: string; cards: number }>(
      `SELECT c.access_method_id, count(v.id)::int AS cards FROM acs_credential c
         LEFT JOIN virtual_record v ON v.workspace_id = c.workspace_id AND v.kind = 'card' AND v.data->'written'->>'reference' = c.acs_credential_id::text
        WHERE c.access_method = 'card' AND c.access_method_id IS NOT NULL AND NOT c.is_deleting GROUP BY 1`,
    )
    for (const { access_method_id, cards } of rows) {
      const encodes = ledger.encodes.filter((one) => one.access_method_id === access_method_id)
      if (ledger.lostEncodes > 0 && encodes.length === 0) continue
      const written = encodes.filter(({ end }) => end?.status === 'success').length
      this.#expect(cards === written, 'not as many cards were written as encodes ended well', () => ({
        ...{ access_method_id, cards, encodes },
      }))
    }
  }

  async #jobs(): Promise<void> {
    const failing = await this.#options.cluster.sql(
      'SELECT kind, key, attempts, last_error FROM job WHERE attempts >= 5 AND last_error IS NOT NULL',
    )
    this.#expect(failing.length === 0, 'a job fails again and again', () => failing)
  }

  /** At a few doors: PINs and cards of grants that stand open them, PINs of deleted grants do not. */
  async #doors(): Promise<void> {
    const { caller, ledger, random, ground } = this.#options
    const pins = ledger.grants.filter(({ modes }) => modes.includes('code'))
    const standing = pins.filter(({ isDeleted }) => !isDeleted)
    for (const grant of some(random, standing)) {
      const { access_grant_id, doorIds } = grant
      const methods = (await caller.read('/access_methods/list', { access_grant_id })).body.access_methods ?? []
      const method = methods.find(({ mode, is_issued }) => mode === 'code' && is_issued)
      this.#expect(typeof method?.code === 'string', 'a PIN was not issued', () => ({ grant, methods }))
      if (typeof method?.code !== 'string') continue
      this.#codes.set(access_grant_id, method.code)
      const { body } = await caller.read('/sandbox/doors/enter_code', {
        ...{ acs_entrance_id: doorIds[0], code: method.code },
      })
      this.#expect(body.door_attempt?.opened === true, 'a PIN does not open its door', () => ({ grant, body }))
    }
    await this.#deletedPins(pins.filter(({ isDeleted }) => isDeleted))
    for (const acs_system_id of ground.systemIds) {
      const cards = (await caller.read('/sandbox/cards/list', { acs_system_id })).body.cards ?? []
      await this.#cardsOpen(cards.filter(({ written }) => written !== null))
    }
  }

  /** PINs seen at a door, by grant. */
  readonly #codes = new Map<string, string>()

  async #deletedPins(deleted: GrantPromise[]): Promise<void> {
    const { caller, random, cluster } = this.#options
    for (const grant of some(
      random,
      deleted.filter(({ access_grant_id }) => this.#codes.has(access_grant_id)),
    )) {
      const code = this.#codes.get(grant.access_grant_id) ?? ''
      // The same digits may have been given to somebody else since.
      if ((await cluster.sql('SELECT 1 FROM acs_credential WHERE code = $1', [code])).length > 0) continue
      const { body } = await caller.read('/sandbox/doors/enter_code', { acs_entrance_id: grant.doorIds[0], code })
      this.#expect(body.door_attempt?.opened === false, 'the PIN of a deleted grant opens a door', () => ({
        ...{ grant, body },
      }))
    }
  }

  async #cardsOpen(cards: { card_id: string; acs_credential_id: string | null }[]): Promise<void> {
    const { caller, cluster, ledger, random } = this.#options
    const [card] = some(random, cards)
    if (card === undefined) return
    const [row] = await cluster.sql<{ access_method_id: string; acs_entrance_id: string }>(
      `SELECT access_method_id, acs_entrance_ids[1] AS acs_entrance_id FROM access_method
        WHERE access_method_id = (SELECT access_method_id FROM acs_credential WHERE acs_credential_id = $1 AND is_issued AND NOT is_deleting)`,
      [card.acs_credential_id],
    )
    const grant = ledger.grants.find(
      ({ isDeleted, access_method_ids }) => !isDeleted && access_method_ids.includes(row?.access_method_id ?? ''),
    )
    if (row === undefined || grant === undefined) return
    const { body } = await caller.read('/sandbox/doors/present_card', {
      ...{ acs_entrance_id: row.acs_entrance_id, card_id: card.card_id },
    })
    this.#expect(body.door_attempt?.opened === true, 'a card does not open its door', () => ({ grant, row, body }))
  }
}

function some<T>(random: Random, things: readonly T[]): T[] {
  return [...things]
    .map((thing) => ({ thing, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, DOORS)
    .map(({ thing }) => thing)
}
