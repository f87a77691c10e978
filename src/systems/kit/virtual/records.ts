/** What a virtual building's records hold, by kind. The doors themselves are the model's (model.ts) and are not stored. */
import type { CredentialMode } from '../definition.ts'
import type { Window } from '../driver.ts'
import type { VirtualTransaction } from '../virtual.ts'

/** Everything a system was told can be told again: the last few changes are remembered on the record they made. */
export interface Told {
  /** Ids of the changes last carried out on this record, newest last. */
  applied: string[]
  is_deleted: boolean
}

export interface VirtualGroup extends Window, Told {
  external_id: string
  reference: string | null
  /** Which kind of group, where the system has several; those it is told of have none. */
  type?: string
  name: string
  entrance_ids: string[]
}

export interface VirtualUser extends Told {
  external_id: string
  reference: string | null
  full_name: string | null
  email_address: string | null
  phone_number: string | null
  is_suspended: boolean
  schedule: Window | null
  group_ids: string[]
  entrance_ids: string[]
  /** The card that was last encoded for the user. */
  card_id: string | null
}

export interface VirtualCredential extends Window, Told {
  external_id: string
  reference: string
  mode: CredentialMode
  user_id: string | null
  entrance_ids: string[]
  code: string | null
  /** The card it was written on or bound to: once there, it goes on no other. */
  card_id: string | null
  card_number: string | null
  stay_key: string | null
  /** Doors at which it belongs to another stay. */
  stay_keys?: Readonly<Record<string, string>>
  phone_id: string | null
  options: Record<string, unknown>
  /** Stay numbers of a mobile key, as when it was last issued. */
  marks: Mark[]
}

/** A place in an order of succession: at a lock, a higher number of one lineage ends the lower ones. */
export interface Mark {
  lineage: string
  /** The door the number counts at; null = at every door. */
  entrance_id: string | null
  number: number
}

/** What an encoder wrote: all that an offline lock will ever know of it. */
export interface Writing extends Window {
  credential_id: string
  reference: string
  user_id: string | null
  doors: ({ entrance_id: string } & Window)[]
  marks: Mark[]
  /** Made for a guest, though it carry no stay: a resident's is no staff card. */
  is_guest?: true
  /** An online door has written that the system ended it. */
  ended: 'revoked' | 'suspended' | null
  written_at: string
}

export interface PlasticCard {
  card_id: string
  card_format: string
  card_number: string | null
  encoder_id: string | null
  written: Writing | null
  /** The system knows the card by its number (systems whose cards are bound, not written). */
  is_registered: boolean
  /** The credential it is bound to. */
  credential_id: string | null
  /** The credential it was bound to before it became free again. */
  former_credential_id: string | null
}

export interface Encoder {
  /** Somebody placed or removed a card: from then on only what they do changes what lies on it. */
  is_touched: boolean
  card_id: string | null
  last_card_id: string | null
}

/** The highest number a lock has seen of a lineage. */
export interface Seen {
  number: number
}

/** Who carries a number of a lineage: one stay, or one key of a user. */
export interface Holder {
  number: number
  references: string[]
}

export const KIND = {
  building: 'building',
  group: 'group',
  user: 'user',
  credential: 'credential',
  card: 'card',
  encoder: 'encoder',
  fault: 'fault',
  attempt: 'attempt',
  lineage: 'lineage',
  holder: 'holder',
  seen: 'seen',
  pin: 'pin',
  /** How a door stands (DoorState), by its id; none = online, nobody wants to be alone. */
  door: 'door',
  /** Doors and encoders that the operator took out, by `removedId`. */
  removed: 'removed',
} as const

export interface Removed {
  what: 'entrance' | 'encoder'
  external_id: string
}

export function removedId({ what, external_id }: Removed): string {
  return `${what}:${external_id}`
}

/** How a credential is found by what a person shows. */
export function lookupOfCredential(credential: VirtualCredential): string | undefined {
  if (credential.code !== null) return `pin:${credential.code}`
  if (credential.mode === 'mobile_key' && credential.phone_id !== null) return `phone:${credential.phone_id}`
  return undefined
}

export function lookupOfCard(number: string): string {
  return number.trim().toLowerCase()
}

export function putCard(records: VirtualTransaction, card: PlasticCard): void {
  records.put(KIND.card, card.card_id, card, card.card_number === null ? undefined : lookupOfCard(card.card_number))
}

/** Is it there, as far as the system tells? */
export function isLive<T extends Told>(record: T | undefined): record is T {
  return record !== undefined && !record.is_deleted
}
