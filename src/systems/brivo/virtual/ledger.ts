/** What the parts of a virtual Brivo account share: its records, the ids it gives, and what is looked up everywhere. */
import type { DriverHost } from '../../kit/driver.ts'
import type { VirtualRecords, VirtualTransaction } from '../../kit/virtual.ts'
import {
  KIND,
  lookupOfCard,
  lookupOfCredential,
  putCard,
  type PlasticCard,
  type VirtualCredential,
  isLive,
} from '../../kit/virtual/records.ts'
import type { EffectiveDates } from '../client.ts'
import { CARD_IDS } from './model.ts'
import { isRegistered, Refusal, type BrivoGroup, type BrivoUser, type Wire } from './words.ts'

/** The last id that was given. */
const KIND_SEQUENCE = 'brivo_sequence'
const FIRST_ID = 700_000

export class Ledger {
  readonly records: VirtualRecords
  readonly host: DriverHost
  readonly #isExact: boolean

  /** `isExact`: times keep their milliseconds. */
  constructor(records: VirtualRecords, host: DriverHost, isExact: boolean) {
    this.records = records
    this.host = host
    this.#isExact = isExact
  }

  /** A new id of this account. */
  async newId(open: VirtualTransaction): Promise<number> {
    const last = await open.get<{ value: number }>(KIND_SEQUENCE, KIND_SEQUENCE)
    const value = (last?.value ?? FIRST_ID) + 1
    open.put(KIND_SEQUENCE, KIND_SEQUENCE, { value })
    return value
  }

  /** Changes one live record. @throws Refusal 404 `missing` */
  change<R extends { external_id: string; is_deleted: boolean; applied: string[] }>(
    kind: string,
    id: number,
    missing: string,
    change: (record: R) => R,
  ): Promise<R> {
    return this.records.change(async (open) => {
      const record = await open.get<R>(kind, String(id))
      if (!isLive(record)) throw new Refusal(404, missing)
      const changed = change(record)
      open.put(kind, record.external_id, changed)
      return changed
    })
  }

  userOnWire(user: BrivoUser, pin: VirtualCredential | undefined): Wire {
    const { effectiveFrom, effectiveTo, ...fields } = user.wire
    return {
      id: Number(user.external_id),
      ...fields,
      ...(isLive(pin) ? { pin: pin.code } : {}),
      ...this.datesOnWire({ starts_at: effectiveFrom ?? null, ends_at: effectiveTo ?? null }),
      suspended: user.is_suspended,
      bleTwoFactorExempt: fields.bleTwoFactorExempt ?? false,
      customFields: [],
    }
  }

  datesOnWire({ starts_at, ends_at }: { starts_at: string | null; ends_at: string | null }): EffectiveDates {
    const written = (at: string): string => (this.#isExact ? at : at.replace(/\.\d+Z$/, 'Z'))
    return {
      ...(starts_at === null ? {} : { effectiveFrom: written(starts_at) }),
      ...(ends_at === null ? {} : { effectiveTo: written(ends_at) }),
    }
  }
}

export async function registeredCard(open: VirtualTransaction, id: number): Promise<PlasticCard | undefined> {
  const found = await open.find<PlasticCard>(KIND.card, lookupOfCard(String(id - CARD_IDS)))
  return found.find(isRegistered)
}

export async function openCredential(open: VirtualTransaction, id: string): Promise<VirtualCredential | undefined> {
  const credential = await open.get<VirtualCredential>(KIND.credential, id)
  return isLive(credential) ? credential : undefined
}

export function freeCard(open: VirtualTransaction, card: PlasticCard, held: VirtualCredential): void {
  const gone = { ...held, is_deleted: true }
  open.put(KIND.credential, held.external_id, gone, lookupOfCredential(gone))
  putCard(open, { ...card, credential_id: null, former_credential_id: held.external_id })
}

export async function liveUser(open: VirtualTransaction, id: number): Promise<BrivoUser> {
  const user = await open.get<BrivoUser>(KIND.user, String(id))
  if (!isLive(user)) throw new Refusal(404, 'User not found')
  return user
}

/** The groups a user is in; those that were deleted are left by themselves. */
export async function liveGroups(open: VirtualTransaction, user: BrivoUser): Promise<BrivoGroup[]> {
  const groups = await Promise.all(user.group_ids.map((id) => open.get<BrivoGroup>(KIND.group, id)))
  return groups.filter(isLive)
}
