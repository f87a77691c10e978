/** What makes one maker's virtual system differ from another's: its doors, its cards and its rules. */
import type { CredentialMode, SystemDefinition } from '../definition.ts'
import type {
  AppliedChange,
  CardContent,
  DesiredCredential,
  DriverHost,
  ReportedState,
  ReportedUser,
} from '../driver.ts'
import type { BuildingSize, DoorReason, DoorState, VirtualRecords, VirtualTransaction } from '../virtual.ts'
import type { PlasticCard, VirtualCredential, VirtualUser } from './records.ts'

export interface VirtualDoor {
  entrance_id: string
  display_name: string
  /** `card`: an offline lock, knows the card and what earlier cards taught it. `system`: online, asks the system. */
  decides: 'card' | 'system'
  /** A newer stay ends older ones here. */
  is_reservable: boolean
  can_unlock_with: Record<CredentialMode, boolean>
  is_locked: boolean | null
  metadata: Record<string, unknown>
}

export interface VirtualEncoder {
  encoder_id: string
  display_name: string
}

export interface VirtualModel {
  definition: SystemDefinition
  default_name: string
  metadata: Record<string, unknown>
  doors: readonly VirtualDoor[]
  /** A further door for a larger building; absent = it has no doors. */
  extraDoor?(number: number): VirtualDoor
  /**
   * Doors and encoders beside the standing ones, by their ids: where the operator declares what there is, whatever is
   * declared is there.
   */
  declared?: {
    door(entranceId: string): VirtualDoor | undefined
    encoder(encoderId: string): VirtualEncoder | undefined
  }
  encoders: readonly VirtualEncoder[]
  groups: readonly { external_id: string; name: string; entrance_ids: readonly string[]; type?: string }[]
  /** People who are in the maker's own software from the start. */
  people?: readonly { external_id: string; full_name: string; email_address: string }[]
  /** What the system tells of somebody whom we did not make. */
  strangerWarnings?: ReportedUser['warnings']
  /** Numbers of the cards that are registered and free from the start (systems whose cards are bound). */
  pool?: readonly string[]
  /** The number of a registered card by the id that the maker's wire gives it, where that is not the card's own. */
  numberOfPoolCard?(external_id: string): string
  /** Formats the encoders write, the usual one first. */
  cardFormats: readonly string[]
  /** The one format this credential asks for; null = any of `cardFormats`. */
  wantedFormat?(credential: VirtualCredential): string | null
  newCardNumber(host: DriverHost): string
  /** A user's newer card ends the older ones at an offline door. */
  hasUserLineage: boolean
  /** A card held to one of its online doors has its content brought up to date. */
  refreshesCards: boolean
  /** Modes that a door in privacy mode refuses; absent = all. Staff cards open all the same where cards carry stays. */
  privacyRefuses?: readonly CredentialMode[]
  /** How an online door stands, in the provider's own words. */
  doorMetadata?(state: DoorState): Record<string, unknown>
  /** Further names the provider's doors warn of privacy mode by. */
  privacyWarnings?: readonly string[]
  /** What the credential's answer carries as provider metadata. */
  credentialMetadata?(credential: VirtualCredential): Record<string, unknown>
  userMetadata?(user: VirtualUser): Record<string, unknown>
  /** Refuses a credential the system cannot hold. @throws SystemError */
  checkCredential?(credential: DesiredCredential, doors: readonly VirtualDoor[]): void
  /** After a user was put or removed: what else the system does about it, told with the answer. @throws SystemError */
  settleUser?(records: VirtualTransaction, user: VirtualUser, now: number): Promise<Partial<AppliedChange>>
  /** A reason of the system's own to refuse a user at an online door. */
  refuses?(records: VirtualTransaction, user: VirtualUser, now: number): Promise<DoorReason | null>
  /** What is wrong with the system as a whole. */
  problems?(records: VirtualRecords, now: number): Promise<Pick<ReportedState, 'errors' | 'warnings'>>
  /** The provider's own words about a card that was scanned. */
  scanMetadata?(scanned: {
    card: PlasticCard
    content: CardContent
    credential: VirtualCredential | undefined
    user: VirtualUser | undefined
    isOverridden: boolean
    isExpired: boolean
    issuedCards: number
    doors: readonly VirtualDoor[]
  }): Record<string, unknown>
}

export interface BuildingRecord {
  size: BuildingSize
}

const EXTRA = /^extra-(\d+)$/

/** The id of an extra door; `extraDoor` of a model uses it. */
export function extraDoorId(number: number): string {
  return `extra-${number}`
}

/** The door with this id, if the system can have it. */
export function doorOf(model: VirtualModel, entranceId: string): VirtualDoor | undefined {
  const extra = EXTRA.exec(entranceId)
  if (extra !== null) return model.extraDoor?.(Number(extra[1]))
  return model.doors.find((door) => door.entrance_id === entranceId) ?? model.declared?.door(entranceId)
}

/** The encoder with this id, if the system can have it. */
export function encoderOf(model: VirtualModel, encoderId: string): VirtualEncoder | undefined {
  return model.encoders.find((encoder) => encoder.encoder_id === encoderId) ?? model.declared?.encoder(encoderId)
}

/** Every card format there is: a card of a foreign one can be placed and is found not to fit. */
export const CARD_FORMATS = ['rfid48', 'TLCode', 'mifare_desfire', 'mifare_plus', 'mifare_classic', 'hid_prox'] as const

/** How a door stands that nobody has touched. */
export const AT_REST: DoorState = { is_online: true, privacy_mode: false }

/** A provider's facts under its key, as they stand on the wire. */
export function onWire(model: VirtualModel, facts: Record<string, unknown>): Record<string, unknown> {
  const key = model.definition.metadataKey
  return key === undefined || Object.keys(facts).length === 0 ? {} : { [key]: facts }
}
