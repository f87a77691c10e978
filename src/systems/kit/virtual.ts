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

export interface DoorDecision {
  opened: boolean
  reason: DoorReason
  /** Our reference (`DesiredCredential.reference`) of the credential that was shown, if the door could tell. */
  credential_reference: string | null
  /** References of credentials that this presentation ended at this door (a newer stay was used). */
  ended_references: string[]
}

/** A plastic card, as somebody could hold it. */
export interface VirtualCard {
  card_id: string
  card_format: string
  card_number: string | null
  /** Our reference of the credential written on it or bound to it; null = blank or free. */
  credential_reference: string | null
  /** The encoder (external id) it lies on, or null. */
  encoder_id: string | null
  /** What is really written on it; null = blank. */
  written: Record<string, unknown> | null
}

/** A fault set by /sandbox/systems/set_fault. */
export interface VirtualFault {
  fault: 'none' | 'offline' | 'slow' | 'answer_lost' | 'busy' | 'refuse'
  /** Operations it still strikes; null = until it is cleared. */
  times: number | null
  delay_ms: number
  /** Only at this encoder (external id); null = anywhere in the system. */
  encoder_id: string | null
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
}
