/**
 * People before doors, one or many in a row: the virtual buildings decide one after the other, and what the doors saw is
 * written down with the events that follow (design.md section 3).
 */
import type { Metrics } from '../metrics.ts'
import { ChangeSet } from '../domain/changes.ts'
import type { AcsCredentialRecord, AcsUserRecord, DoorAttemptRecord } from '../domain/records.ts'
import { credentialIdsOf } from '../store/acs-credentials.ts'
import { loadIssuanceFacts } from '../store/issuance-facts.ts'
import type { DoorDecision, VirtualBuilding, VirtualRecords, VirtualTransaction } from '../systems/kit/virtual.ts'
import { endAtDoor } from './ended-stay.ts'
import { NoSuchThing } from './errors.ts'
import { isUuid, type DoorPlace, type Places, type PlacesOptions } from './places.ts'
import { throughKeypad } from './keypads.ts'
import { deniedReason, MESSAGES, type Means } from './reasons.ts'

/** What somebody does at a door; `keys`: the Instant Key page shows all mobile keys of its identity. */
export type Presentation = { acs_entrance_id: string } & (
  | { by: 'card'; card_id: string }
  | { by: 'card'; card_number: string }
  | { by: 'code'; code: string }
  | { by: 'phone'; device_id: string }
  | { by: 'keys'; user_identity_id: string }
)

/** What a door saw, as it goes over the wire. */
export interface DoorAttempt {
  door_attempt_id: string
  acs_entrance_id: string
  opened: boolean
  reason: string
  message: string
  occurred_at: string
  acs_credential_id?: string
  access_method_id?: string
  user_identity_id?: string
}

const MEANS: Record<Presentation['by'], Means> = { card: 'card', code: 'code', phone: 'phone', keys: 'phone' }
const METHODS: Record<Means, string> = { card: 'card', code: 'keycode', phone: 'remote' }

/** One presentation with all that was looked up for it before anybody went to a door. */
interface Visit {
  presentation: Presentation
  door: DoorPlace
  /** The owner of the phone or of the page. */
  user_identity_id: string | null
  /** Of the Instant Key page: the mobile keys it shows. */
  references: string[]
}

type Decided = Visit & { decision: DoorDecision }

export class Doors {
  readonly #options: PlacesOptions & { metrics: Metrics }
  readonly #places: Places

  constructor(options: PlacesOptions & { metrics: Metrics }, places: Places) {
    this.#options = options
    this.#places = places
  }

  /**
   * Carries the presentations out in order; what one leaves at a lock or on a card the next one meets. Answers what each
   * door saw, in the same order.
   * @throws NoSuchThing when a door, card or phone is not there: then nobody went to any door
   */
  async present(workspaceId: string, presentations: readonly Presentation[]): Promise<DoorAttempt[]> {
    const visits = await this.#prepare(workspaceId, presentations)
    const byBuilding = new Map<string, Visit[]>()
    for (const visit of visits) {
      const { external_id } = visit.door.system
      byBuilding.set(external_id, [...(byBuilding.get(external_id) ?? []), visit])
    }
    const decisions = new Map<Visit, DoorDecision>()
    // Buildings know nothing of one another: only within one does the order matter.
    for (const there of byBuilding.values())
      for (const [visit, decision] of await this.#decide(workspaceId, there)) decisions.set(visit, decision)
    const decided = visits.flatMap((visit): Decided[] => {
      const decision = decisions.get(visit)
      return decision === undefined ? [] : [{ ...visit, decision }]
    })
    return this.#record(workspaceId, decided)
  }

  async #prepare(workspaceId: string, presentations: readonly Presentation[]): Promise<Visit[]> {
    const { store } = this.#options
    const deviceIds = presentations.flatMap((one) => (one.by === 'phone' ? [one.device_id] : []))
    const [doors, phones] = await Promise.all([
      this.#places.doors(
        workspaceId,
        presentations.map((one) => one.acs_entrance_id),
      ),
      store.getMany(workspaceId, 'phone', 'device_id', [...new Set(deviceIds.filter(isUuid))]),
    ])
    const owners = new Map(phones.map((phone) => [phone.device_id, phone.user_identity_id]))
    const visits: Visit[] = []
    for (const presentation of presentations) {
      const door = doors.get(presentation.acs_entrance_id.toLowerCase())
      if (door === undefined) throw new NoSuchThing('acs_entrance', { acs_entrance_id: presentation.acs_entrance_id })
      const visit: Visit = { presentation, door, user_identity_id: null, references: [] }
      if (presentation.by === 'phone') {
        const { device_id } = presentation
        const owner = owners.get(device_id.toLowerCase())
        if (owner === undefined) throw new NoSuchThing('phone', { device_id })
        visit.user_identity_id = owner
      }
      if (presentation.by === 'keys') {
        visit.user_identity_id = presentation.user_identity_id
        visit.references = await this.#mobileKeys(workspaceId, door, presentation.user_identity_id)
      }
      visits.push(visit)
    }
    return visits
  }

  /** Every mobile key of an identity on the system of a door, newest first. */
  async #mobileKeys(workspaceId: string, { system }: DoorPlace, user_identity_id: string): Promise<string[]> {
    const keys = await this.#options.store.read<{ id: string }>(
      workspaceId,
      `SELECT c.acs_credential_id AS id FROM acs_credential c
         JOIN acs_user u ON u.workspace_id = c.workspace_id AND u.acs_user_id = c.acs_user_id
        WHERE c.workspace_id = $1 AND c.acs_system_id = $2 AND u.user_identity_id = $3
          AND c.access_method = 'mobile_key' AND c.parent_acs_credential_id IS NULL
        ORDER BY c.created_at DESC`,
      [system.acs_system_id, user_identity_id],
    )
    return keys.map((key) => key.id)
  }

  /** What happens at the doors of one building is one change of its records, made by the building step by step. */
  async #decide(workspaceId: string, visits: readonly Visit[]): Promise<Map<Visit, DoorDecision>> {
    const [first] = visits
    if (first === undefined) return new Map()
    return this.#places.recordsOf(workspaceId, first.door.system.external_id).change(async (open) => {
      const { building } = await this.#places.on(within(open), first.door)
      const decisions = new Map<Visit, DoorDecision>()
      for (const visit of visits) decisions.set(visit, await this.#atDoor(workspaceId, building, visit, open))
      return decisions
    })
  }

  async #atDoor(
    workspaceId: string,
    building: VirtualBuilding,
    visit: Visit,
    records: VirtualTransaction,
  ): Promise<DoorDecision> {
    const { presentation } = visit
    const entrance_id = visit.door.entrance.external_id
    switch (presentation.by) {
      case 'card': {
        const card =
          'card_id' in presentation
            ? await building.getCard(presentation.card_id)
            : await building.findCard(presentation.card_number)
        return card === undefined
          ? this.#presentForeign(workspaceId, building, presentation)
          : building.presentCard({ entrance_id, card_id: card.card_id })
      }
      case 'code': {
        const now = await this.#options.workspaces.now(workspaceId)
        return throughKeypad(records, entrance_id, now, () =>
          building.enterCode({ entrance_id, code: presentation.code }),
        )
      }
      case 'phone':
        return building.presentPhone({ entrance_id, phone_id: presentation.device_id })
      case 'keys':
        return building.presentMobileKeys({ entrance_id, credential_references: visit.references })
    }
  }

  /** A card of another system: the reader reads it or not, but knows nothing of it. */
  async #presentForeign(
    workspaceId: string,
    building: VirtualBuilding,
    wanted: { card_id: string } | { card_number: string },
  ): Promise<DoorDecision> {
    const { card } = await this.#places.findCard(workspaceId, wanted)
    const isReadable = building.cardFormats.includes(card.card_format)
    return {
      opened: false,
      reason: isReadable ? 'unknown_credential' : 'wrong_format',
      credential_reference: null,
      ended_references: [],
    }
  }

  /** Writes down what the doors saw and what follows from it, as one command. */
  async #record(workspaceId: string, visits: readonly Decided[]): Promise<DoorAttempt[]> {
    const { store, workspaces } = this.#options
    const now = await workspaces.nowIso(workspaceId)
    const shownIds = await this.#shownCredentials(workspaceId, visits)
    const attemptIds = visits.map(() => store.ids.uuid())
    const attempts = await store.decide(
      workspaceId,
      () => now,
      async () => {
        const changes = new ChangeSet()
        const holders = await this.#holders(workspaceId, shownIds)
        const endedIds = new Set(visits.flatMap(({ decision }) => decision.ended_references.filter(isUuid)))
        const facts = await loadIssuanceFacts(store, workspaceId, [...endedIds], now)
        const attempts = visits.map((visit, i) => {
          const { door, decision, presentation } = visit
          const { entrance, system } = door
          const { acs_entrance_id } = entrance
          const means = MEANS[presentation.by]
          const { shown = undefined, user = undefined } = holders.get(shownIds[i] ?? '') ?? {}
          const user_identity_id = user?.user_identity_id ?? visit.user_identity_id
          const row = {
            door_attempt_id: attemptIds[i] ?? '',
            acs_entrance_id,
            opened: decision.opened,
            reason: decision.reason,
            message: MESSAGES[decision.reason],
            acs_credential_id: shownIds[i] ?? null,
            access_method_id: shown?.access_method_id ?? null,
            user_identity_id,
            occurred_at: now,
          }
          changes.insert('door_attempt', row)
          const about = {
            acs_entrance_id,
            acs_system_id: system.acs_system_id,
            connected_account_id: system.connected_account_id,
            acs_user_id: user?.acs_user_id,
            user_identity_id: user_identity_id ?? undefined,
          }
          if (decision.opened)
            changes.event('lock.unlocked', {
              method: METHODS[means],
              ...(means === 'phone' ? { is_via_bluetooth: true } : {}),
              ...about,
            })
          else changes.event('lock.access_denied', { ...about, reason: deniedReason(means, decision.reason) })
          const ended = decision.ended_references.filter(isUuid)
          if (ended.length > 0) endAtDoor(changes, ended, acs_entrance_id, facts, door.definition.metadataKey)
          return presentAttempt({ workspace_id: workspaceId, ...row })
        })
        return { changes, result: attempts }
      },
    )
    for (const { opened, reason } of attempts) this.#options.metrics.door(opened, reason)
    return attempts
  }

  /** Our ids of the credentials that doors were shown: systems that keep no reference of ours name them by their own. */
  async #shownCredentials(workspaceId: string, visits: readonly Decided[]): Promise<(string | null)[]> {
    const foreign = new Map<string, Set<string>>()
    for (const { door, decision } of visits) {
      const { credential_reference: reference } = decision
      if (reference === null || isUuid(reference)) continue
      const { acs_system_id } = door.system
      foreign.set(acs_system_id, (foreign.get(acs_system_id) ?? new Set()).add(reference))
    }
    const known = new Map(
      await Promise.all(
        [...foreign].map(async ([systemId, references]): Promise<[string, ReadonlyMap<string, string>]> => [
          systemId,
          await credentialIdsOf(this.#options.store, workspaceId, systemId, [...references]),
        ]),
      ),
    )
    return visits.map(({ door, decision: { credential_reference: reference } }) =>
      reference === null || isUuid(reference)
        ? reference
        : (known.get(door.system.acs_system_id)?.get(reference) ?? null),
    )
  }

  /** The credentials of these ids that are still there, and whose they are. */
  async #holders(
    workspaceId: string,
    credentialIds: readonly (string | null)[],
  ): Promise<Map<string, { shown: AcsCredentialRecord; user: AcsUserRecord | undefined }>> {
    const { store } = this.#options
    const ids = [...new Set(credentialIds.filter((id) => id !== null))]
    const shown = await store.getMany(workspaceId, 'acs_credential', 'acs_credential_id', ids)
    const userIds = [...new Set(shown.flatMap((credential) => credential.acs_user_id ?? []))]
    const users = await store.getMany(workspaceId, 'acs_user', 'acs_user_id', userIds)
    const byId = new Map(users.map((user) => [user.acs_user_id, user]))
    return new Map(shown.map((one) => [one.acs_credential_id, { shown: one, user: byId.get(one.acs_user_id ?? '') }]))
  }
}

/** The records as one change under way sees them: what is changed in it becomes part of it. */
function within(open: VirtualTransaction): VirtualRecords {
  return {
    get: (kind, id) => open.get(kind, id),
    find: (kind, lookup) => open.find(kind, lookup),
    list: (kind) => open.list(kind),
    change: (change) => change(open),
  }
}

export function presentAttempt(row: DoorAttemptRecord): DoorAttempt {
  const { door_attempt_id, acs_entrance_id, opened, reason, message, occurred_at } = row
  return {
    door_attempt_id,
    acs_entrance_id,
    opened,
    reason,
    message,
    occurred_at,
    ...(row.acs_credential_id === null ? {} : { acs_credential_id: row.acs_credential_id }),
    ...(row.access_method_id === null ? {} : { access_method_id: row.access_method_id }),
    ...(row.user_identity_id === null ? {} : { user_identity_id: row.user_identity_id }),
  }
}
