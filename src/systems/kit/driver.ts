/**
 * The driver contract (craft.md). The required part is small; everything else is a capability that is present or
 * absent. A driver knows its maker and nothing else: no store, no workspace, no wire JSON. It does not loop or sleep to
 * retry: it says what happened, and the job runner decides.
 */
import type { CredentialMode, SystemDefinition } from './definition.ts'
import type { SystemError } from './errors.ts'
import type { VirtualBuilding, VirtualRecords } from './virtual.ts'

/** Hands a driver what it may use of the world. */
export interface DriverHost {
  /** Now, in milliseconds: the workspace's clock in a sandbox. */
  now(): number
  /** An integer in [0, bound). */
  random(bound: number): number
  uuid(): string
  /** Waits in real time, whatever the workspace's clock does. @throws the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  /** The records of this system's virtual building; absent in production. */
  virtual?: VirtualRecords
}

/** What an operator filled in to connect a system, by the names of `SystemDefinition.setup`. */
export type Login = Readonly<Record<string, unknown>>

export interface AccessSystemDriver {
  definition: SystemDefinition
  /** Present where the operator declares doors and encoders (`devicesAreDeclared`). */
  declarations?: DeviceDeclarations
  /** Opens a connection. It does not ask the system yet: `identify` proves the login. @throws SystemError */
  connect(login: Login, host: DriverHost): Promise<SystemConnection>
  /** The virtual building that the sandbox runs for this system. */
  virtualBuilding(records: VirtualRecords, host: DriverHost): VirtualBuilding
  /**
   * Present where the virtual system speaks the maker's own wire: it listens on loopback, and the sandbox reaches it by
   * the very driver that production uses. Absent = the driver finds the building in `host.virtual`.
   */
  serveVirtual?(records: VirtualRecords, host: DriverHost): Promise<ServedSystem>
}

/** What is wrong with a declaration: a field of it, and why. */
export interface DeclarationFault {
  field: string
  message: string
}

/** Doors and encoders that the system cannot list, as the operator declares them under the provider's metadata key. Pure. */
export interface DeviceDeclarations {
  /** One that `isRemoved` has to be told apart alone. */
  entrance(
    declared: Readonly<Record<string, unknown>>,
    how: { isRemoved: boolean },
  ): ReportedEntrance | DeclarationFault
  encoder(declared: Readonly<Record<string, unknown>>): ReportedEncoder | DeclarationFault
}

/** A virtual system that listens; disposing of it closes its sockets. */
export interface ServedSystem extends AsyncDisposable {
  /** Laid over the operator's login, so that the driver finds it, e.g. `{url: 'http://127.0.0.1:40123'}`. */
  login: Login
}

/** From/to of access, in ISO 8601; null = without end. */
export interface Window {
  starts_at: string | null
  ends_at: string | null
}

export interface DesiredGroup extends Window {
  /** Our id for it: a group put again without external_id is found by it. */
  reference: string
  /** The system's id, null before it was created. */
  external_id: string | null
  name: string
  entrance_ids: string[]
}

export interface DesiredUser {
  /** Our id for it: a user put again without external_id is found by it. */
  reference: string
  external_id: string | null
  full_name: string | null
  email_address: string | null
  phone_number: string | null
  is_suspended: boolean
  /** The user's own schedule, on systems that have one. */
  schedule: Window | null
  /** External ids of the groups the user is in. */
  group_ids: string[]
  /** External ids of doors given to the user directly. */
  entrance_ids: string[]
}

/** How a data-on-card credential stands to others on its reservable doors (access-systems.md 6.3). */
export interface Stay {
  /** Credentials with one key are one stay. */
  key: string
  /** Doors (by the system's ids) at which the credential belongs to another stay than `key`. */
  keys?: Readonly<Record<string, string>>
  /** External ids of the stay's other credentials that are on a card or phone already: to be joined. None = the first. */
  joins?: readonly string[]
}

export interface DesiredCredential extends Window {
  /** Our id for it: stable, for systems that keep a reference of ours. */
  reference: string
  external_id: string | null
  mode: CredentialMode
  user_id: string | null
  /** What its user is called, for systems that keep no users. */
  holder_name?: string | null
  /** External ids of the doors on the credential itself; empty on group-based systems. */
  entrance_ids: string[]
  /** A PIN wished for; null = the system makes one, or none. */
  code: string | null
  card_number: string | null
  stay: Stay | null
  /** For a phone's copy of a mobile key: the phone. Null = the key is not on a phone yet. */
  phone_id: string | null
  /** Wishes in the provider's words, e.g. `{card_format: 'rfid48'}`. */
  options: Record<string, unknown>
}

export type DesiredChange =
  | { id: string; kind: 'put_group'; group: DesiredGroup }
  | { id: string; kind: 'delete_group'; external_id: string }
  | { id: string; kind: 'put_user'; user: DesiredUser }
  | { id: string; kind: 'delete_user'; external_id: string }
  | { id: string; kind: 'put_credential'; credential: DesiredCredential }
  | {
      id: string
      kind: 'delete_credential'
      external_id: string
      mode: CredentialMode
      /** Who had it, by the system's id: a card that somebody else holds by now is not taken from them. Absent = not known. */
      user_id?: string | null
    }

/** What the system answered to a change that it has carried out. */
export interface AppliedChange {
  /** The system's id of what was put; null for a deletion. */
  external_id: string | null
  /** The name the system keeps it under, where that is not the one wished for. */
  name?: string
  /** The PIN the system made or took. */
  code?: string
  card_number?: string
  /** Facts worth showing, as provider metadata on the wire, e.g. `{is_subscribed: true}`; merged into what is there. */
  metadata?: Record<string, unknown>
  /** Warnings on the wire's resource: replaces those this system set before. */
  warnings?: { warning_code: string; message: string }[]
}

export interface SystemIdentity {
  /** Stable, so that no system is added twice. */
  external_id: string
  name: string
  time_zone: string | null
  /** Provider metadata as on the wire, e.g. `{visionline_metadata: {...}}`. */
  metadata: Record<string, unknown>
}

export interface ReportedEntrance {
  external_id: string
  display_name: string
  can_unlock_with: Record<CredentialMode, boolean>
  can_belong_to_reservation: boolean
  is_locked: boolean | null
  /** Provider metadata as on the wire, e.g. `{salto_space_metadata: {...}}`. */
  metadata: Record<string, unknown>
  /** Warnings on the wire's resource: those the system has now. Absent = none. */
  warnings?: { warning_code: string; message: string }[]
}

export interface ReportedEncoder {
  external_id: string
  display_name: string
}

export interface ReportedGroup {
  external_id: string
  /** Our id, where the system keeps it. */
  reference?: string | null
  /** Which kind of group, where the system has several: one of the definition's `types`. */
  type?: string
  name: string
  entrance_ids: string[]
}

export interface ReportedUser {
  external_id: string
  /** Our id, where the system keeps it. */
  reference?: string | null
  full_name: string | null
  is_suspended: boolean
  group_ids: string[]
  /** What to know of somebody whom we did not make, in the wire's words. */
  warnings?: readonly { warning_code: string; message: string }[]
}

export interface ReportedCredential {
  external_id: string
  /** Our id, where the system keeps it. */
  reference: string | null
  mode: CredentialMode
  user_id: string | null
  card_number: string | null
  code: string | null
}

/** What the system holds, by its own ids. On a system that keeps no users, users and credentials are what it can tell, not all there is. */
export interface ReportedState {
  entrances: ReportedEntrance[]
  encoders: ReportedEncoder[]
  groups: ReportedGroup[]
  users: ReportedUser[]
  credentials: ReportedCredential[]
  /** What is wrong with the system as a whole, in its own judgement; absent = nothing. */
  errors?: { error_code: string; message: string }[]
  warnings?: { warning_code: string; message: string }[]
}

/** One connection to one system. */
export interface SystemConnection extends AsyncDisposable {
  /** Proves the login. @throws SystemError */
  identify(signal: AbortSignal): Promise<SystemIdentity>
  /** Reads the whole state. @throws SystemError */
  readState(signal: AbortSignal): Promise<ReportedState>
  /** Carries out one change; asked twice with one `change.id`, it has the effect of once and gives the same answer. @throws SystemError */
  apply(change: DesiredChange, signal: AbortSignal): Promise<AppliedChange>
  /**
   * Carries out several changes in their order, with one answer each, as `apply` would one by one: a change that fails
   * does not stop the others. Present where the system takes many together faster.
   * @throws SystemError when none was carried out, or (`in_doubt`) when that is not known.
   */
  applyAll?(changes: readonly DesiredChange[], signal: AbortSignal): Promise<(AppliedChange | SystemError)[]>
  cardEncoding?: CardEncoding
  cardAssignment?: CardAssignment
  cloudKeys?: CloudKeys
  doorEvents?: DoorEvents
}

/** A door that somebody used, or tried to, as its system noted it. */
export interface ReportedDoorEvent {
  occurred_at: string
  /** External ids of the door, and of the person as far as the system knows them. */
  entrance_id: string
  user_id: string | null
  opened: boolean
}

export interface DoorEvents {
  /**
   * What was noted since `cursor`, oldest first, each once; and the cursor to go on from. Null = from now on.
   * `hasMore`: there is more to be had at once. @throws SystemError
   */
  since(
    cursor: string | null,
    signal: AbortSignal,
  ): Promise<{ events: ReportedDoorEvent[]; cursor: string; hasMore: boolean }>
}

/** What stands on a card. */
export interface CardContent extends Window {
  card_number: string
  /** External ids of the doors written on it. */
  entrance_ids: string[]
  /** The credential it was written for, by the system's id; null when the system does not know the card. */
  credential_id: string | null
  /** The system holds the card as issued. */
  is_issued: boolean
  created_at: string | null
  /**
   * The provider's own flags, e.g. visionline's `overridden`. Doors stand in `guest_entrance_ids` and
   * `common_entrance_ids`, by the system's ids.
   */
  metadata: Record<string, unknown>
}

export interface CardEncoding {
  /**
   * Writes a credential on the card lying on the encoder. `attempt_id` names the action: it happens once.
   * @throws EncoderError with the wire's code; SystemError `in_doubt` when the answer was lost.
   */
  encode(
    request: { attempt_id: string; encoder_id: string; credential: DesiredCredential },
    signal: AbortSignal,
  ): Promise<EncodedCard>
  /**
   * What became of an encode whose answer was lost: the card it wrote, or null when it did nothing; where the system can
   * be told so, it then will not do it later either. @throws SystemError
   */
  outcomeOf(attempt_id: string, signal: AbortSignal): Promise<EncodedCard | null>
  /** Reads the card on the encoder; null = a blank card. @throws EncoderError, SystemError */
  scan(
    request: { encoder_id: string; options: Record<string, unknown> },
    signal: AbortSignal,
  ): Promise<CardContent | null>
}

export interface EncodedCard extends CardContent {
  /** Credentials (by the system's ids) whose card this was before and is no longer. */
  overwritten_credential_ids: string[]
  /** Facts worth showing, as provider metadata of the credential on the wire; merged into what is there. */
  facts?: Record<string, unknown>
}

export interface CardAssignment {
  /**
   * Binds a card the system knows to a credential. `attempt_id` names the action: it happens once.
   * @throws EncoderError `credential_not_found` when no free card has that number.
   */
  assign(
    request: { attempt_id: string; card_number: string; credential: DesiredCredential },
    signal: AbortSignal,
  ): Promise<{ external_id: string; card_number: string }>
  /** Reads the card held to a reader; `detect_new_tags` registers an unknown one first. Absent = there are no readers. @throws EncoderError, SystemError */
  scan?(request: { encoder_id: string; detect_new_tags: boolean }, signal: AbortSignal): Promise<CardContent | null>
  /** Numbers of registered cards that nobody holds. */
  freeCards(signal: AbortSignal): Promise<string[]>
}

export interface CloudKeys {
  /**
   * Opens a door now for a credential. `attempt_id` names the action: it happens once. `is_repeated`: it was asked for
   * before and what became of it is not known. @throws SystemError
   */
  unlock(
    request: { attempt_id: string; entrance_id: string; credential_id: string; is_repeated?: boolean },
    signal: AbortSignal,
  ): Promise<{ was_confirmed_by_device: boolean }>
}
