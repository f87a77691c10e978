/**
 * Virtual buildings: what the sandbox, the demos and the tests use instead of plastic, readers and locks. A driver
 * brings its own, so that its doors decide as the maker's do (design.md section 3). State lies in records, so that a
 * building survives a restart and two processes see one building.
 */

/** The records of one building. Ids are unique within a kind; `lookup` is one further way to find a record. */
export interface VirtualRecords {
  get<T extends object>(kind: string, id: string): Promise<T | undefined>
  find<T extends object>(kind: string, lookup: string): Promise<T[]>
  list<T extends object>(kind: string): Promise<T[]>
  /**
   * Reads, changes, writes, all or nothing: when another process came between, the change is made again on what it
   * left. The change must not act outside.
   */
  change<R>(change: (records: VirtualTransaction) => Promise<R>): Promise<R>
}

export interface VirtualTransaction {
  get<T extends object>(kind: string, id: string): Promise<T | undefined>
  find<T extends object>(kind: string, lookup: string): Promise<T[]>
  list<T extends object>(kind: string): Promise<T[]>
  put(kind: string, id: string, data: object, lookup?: string): void
  delete(kind: string, id: string): void
}

/** Why a door opened or did not (design.md section 3). */
export type DoorReason =
  | 'granted'
  | 'not_yet_valid'
  | 'expired'
  | 'no_access_to_entrance'
  | 'revoked'
  | 'overridden'
  | 'suspended'
  | 'not_subscribed'
  | 'not_issued'
  | 'unknown_credential'
  | 'blank_card'
  | 'wrong_format'
  | 'privacy_mode'
  | 'entrance_offline'
  | 'keypad_locked'

export interface DoorDecision {
  opened: boolean
  reason: DoorReason
  /** Of the credential that was shown, if the door could tell: our reference (`DesiredCredential.reference`), or the system's own id where it keeps none of ours. */
  credential_reference: string | null
  /** References of credentials that this presentation ended at this door (a newer stay was used). */
  ended_references: string[]
}

/** A plastic card, as somebody could hold it. */
export interface VirtualCard {
  card_id: string
  card_format: string
  card_number: string | null
  /** Our reference of the credential written on it or bound to it, or the system's own id of that; null = blank or free. */
  credential_reference: string | null
  /** The encoder (external id) it lies on, or null. */
  encoder_id: string | null
  /** What is really written on it; null = blank. */
  written: Record<string, unknown> | null
}

/** A fault set by /sandbox/systems/set_fault. */
export interface VirtualFault {
  fault: 'none' | 'offline' | 'unauthorized' | 'slow' | 'answer_lost' | 'busy' | 'refuse'
  /** Operations it still strikes; null = until it is cleared. */
  times: number | null
  delay_ms: number
  /** Only at this encoder (external id); null = anywhere in the system. */
  encoder_id: string | null
}

/** What the system's own operator does in the maker's software, without telling Lockstitch. Ids are the system's. */
export type VirtualEdit =
  | { action: 'delete_user' | 'suspend_user' | 'unsuspend_user'; user_id: string }
  | { action: 'delete_credential'; credential_id: string }
  | { action: 'delete_group'; group_id: string }
  | { action: 'rename_group'; group_id: string; name: string }
  | { action: 'set_group_entrances'; group_id: string; entrance_ids: string[] }
  | { action: 'add_user_to_group' | 'remove_user_from_group'; user_id: string; group_id: string }
  | { action: 'remove_encoder' | 'restore_encoder'; encoder_id: string }
  | { action: 'remove_entrance' | 'restore_entrance'; entrance_id: string }

/** How a door stands at the moment, whatever its system would decide. */
export interface DoorState {
  /** Only doors that ask their system can be cut off from it. */
  is_online: boolean
  /** Somebody inside does not want to be disturbed: guests stay outside. */
  privacy_mode: boolean
}

/** A door as somebody sees it who knows the building. */
export interface DoorLook extends DoorState {
  entrance_id: string
  /** `card`: an offline lock; it knows what is shown to it and what it was taught. `system`: it asks its system. */
  decides: 'card' | 'system'
}

/** An encoder as somebody sees it who stands before it. */
export interface EncoderLook {
  encoder_id: string
  /** Somebody placed or removed a card. Before that, what it needs is always at hand: a fresh blank, or a free registered card. */
  is_touched: boolean
  card: VirtualCard | null
  /** The card it wrote last: what it reads while nobody has touched it. */
  last_card: VirtualCard | null
}

/** A mobile key as it is on a phone. */
export interface PhoneKey {
  credential_reference: string
  starts_at: string | null
  ends_at: string | null
  doors: { entrance_id: string; starts_at: string | null; ends_at: string | null }[]
}

/** Makes a building larger than its standing content, for load tests. */
export interface BuildingSize {
  /** Doors on top of the standing ones, named "Door 1" onwards, that take every mode of the system. */
  extra_doors: number
  /** Subscription slots, where the system counts users. */
  user_slots?: number
}

export interface VirtualBuilding {
  /** Formats a card can have that fits this system's encoders; others exist and do not fit. */
  readonly cardFormats: readonly string[]
  /** Fills an empty building with its standing content (access-systems.md 8.3). Twice is once. */
  seed(size?: BuildingSize): Promise<void>
  presentCard(request: { entrance_id: string; card_id?: string; card_number?: string }): Promise<DoorDecision>
  enterCode(request: { entrance_id: string; code: string }): Promise<DoorDecision>
  /** Holds a phone to the reader: it shows every mobile key that was issued to it. */
  presentPhone(request: { entrance_id: string; phone_id: string }): Promise<DoorDecision>
  /** Shows mobile keys by our references, whatever phone they were issued to: the Instant Key page counts as the phone. */
  presentMobileKeys(request: { entrance_id: string; credential_references: string[] }): Promise<DoorDecision>
  /** Puts a card on an encoder: a known one, or a fresh blank of `card_format`. @throws Error when neither is right. */
  placeCard(request: { encoder_id: string; card_id?: string; card_format?: string }): Promise<VirtualCard>
  /** Takes the card off; from then on the encoder is empty until one is placed. */
  removeCard(encoder_id: string): Promise<VirtualCard | null>
  listCards(): Promise<VirtualCard[]>
  getCard(card_id: string): Promise<VirtualCard | undefined>
  /** By the number printed on it, whatever the case. */
  findCard(card_number: string): Promise<VirtualCard | undefined>
  setFault(fault: VirtualFault): Promise<void>
  /** The faults that are set: the system's own, and those of its encoders. */
  listFaults(): Promise<VirtualFault[]>
  /** How these doors stand; one that the building does not have is left out. */
  lookAtDoors(entrance_ids: readonly string[]): Promise<DoorLook[]>
  /** What lies on these encoders; one that the building does not have is left out. */
  lookAtEncoders(encoder_ids: readonly string[]): Promise<EncoderLook[]>
  /** The mobile keys on a phone, as it holds them now. */
  listKeys(phone_id: string): Promise<PhoneKey[]>
  /** Changes the system behind Lockstitch's back. @throws SystemError `not_found` when it has no such thing (any more) */
  edit(edit: VirtualEdit): Promise<void>
  /** Sets how a door stands. @throws SystemError `unsupported` for a door that works without a network and shall be cut off */
  setDoor(request: { entrance_id: string } & Partial<DoorState>): Promise<void>
}
