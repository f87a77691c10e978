/**
 * What a system is, as data: docs, flags, limits and every decision of the domain come from here, so that nothing
 * outside a system's folder tests for a brand (access-systems.md section 13).
 */
import type { PinRule } from './pin.ts'

export type CredentialMode = 'code' | 'card' | 'mobile_key' | 'cloud_key'

/** One thing an operator fills in to connect a system (access-systems.md 8.2). */
export interface SetupField {
  /** Key in the login, snake_case. */
  name: string
  /** As an operator reads it. */
  label: string
  /**
   * `secret`: never shown again and never logged. `list`: names separated by commas. `time_zone`: an IANA name. `choice`:
   * one of `choices`; it says how the others are asked, and nothing of which system it is.
   */
  kind: 'text' | 'secret' | 'url' | 'number' | 'list' | 'time_zone' | 'choice'
  /** What can be chosen; the first one stands when nothing is said. */
  choices?: readonly string[]
  /** Asked only while another field has this value: not required, and not taken, otherwise. */
  when?: { field: string; is: string }
  isRequired: boolean
  /** The one value that a virtual system takes; absent = any, such as `example`. */
  sandboxValue?: string
  /** A value of the right form, shown as a hint and used for the systems a sandbox starts with. */
  example: string
  /** Where the operator finds it. */
  help?: string
}

/** Fields that are asked for when a box is ticked. */
export interface ConnectTick {
  /** Key of the box, snake_case. */
  name: string
  label: string
  fields: readonly string[]
}

/**
 * A page of the hosted flow in which somebody connects a system (access-systems.md 8.2 and 9.1). Fields are named as in
 * `SystemDefinition.setup`; one whose `when` does not hold is left out, and a page without any is jumped over.
 */
export type ConnectPage =
  /** What to fill in. `alsoRequired`: needed here although a login can do without. */
  | {
      kind: 'form'
      title: string
      fields: readonly string[]
      ticks?: readonly ConnectTick[]
      alsoRequired?: readonly string[]
      /** Fields that a sandbox fills in already. */
      prefilled?: readonly string[]
    }
  /** The code that the bridge in the building shows. `field`: where the login keeps it; absent = it does not. */
  | { kind: 'bridge'; field?: string; asksName?: true; isPrefilled?: true }
  /** The maker asks whether to let Lockstitch in. */
  | { kind: 'consent'; title: string; text: string; button: string }
  /** One of what the login reaches; `sandboxChoices`: what a virtual account has. */
  | { kind: 'choice'; title: string; field: string; text: string; button: string; sandboxChoices: readonly string[] }

/** The pages in their order. A field that no page asks for, and that is required, has its example in a sandbox. */
export interface ConnectFlow {
  pages: readonly ConnectPage[]
  /** Instead, in sandboxes; absent = the same. */
  sandboxPages?: readonly ConnectPage[]
}

export interface SystemDefinition {
  /** The wire's provider key, e.g. `salto_space`. */
  provider: string
  /** Further keys of the wire that mean it, where somebody says which systems may be connected. */
  otherProviderKeys?: readonly string[]
  display_name: string
  /** `acs_system.external_type` and its display name. */
  system_type: string
  system_type_display_name: string
  /** Group-based: doors come from membership in groups. Credential-based: doors stand on the credential (access-systems.md 1). */
  family: 'group' | 'credential'
  /** Modes a credential can have here; which of them a door takes is said by the door. */
  modes: readonly CredentialMode[]
  /** Guest credentials carry their doors although others get them from groups (dormakaba, access-systems.md section 1). */
  hasDoorsOnCredentials?: true
  /** More doors than these do not go on one credential of a mode (Latch: one door a PIN); absent = as many as there are. */
  maxEntrances?: Partial<Record<CredentialMode, number>>
  /** It has no doors and no credentials of its own: it carries other systems' mobile keys to phones. */
  isCredentialManager?: true
  /** The system keeps no users (it knows cards alone): they exist in Lockstitch, and reading its state tells nothing of them. */
  keepsNoUsers?: true
  /** It has nothing like credentials of these modes: they exist in Lockstitch, and reading its state tells nothing of them. */
  modesNotKept?: readonly CredentialMode[]
  /** Groups have no times of their own: a person is put into one when its time begins, and taken out when it ends. */
  groupsHaveNoTimes?: true
  /** The system cannot list its doors and encoders: the operator declares them (`/acs/systems/report_devices`). */
  devicesAreDeclared?: true
  /** How a card gets its credential: written by an encoder, or bound to a card the system already knows. */
  card?: 'encode' | 'assign'
  /** Who makes PINs and how they look. `maker: 'caller'` = a wished code is honoured; `'system'` = the system makes its own and refuses ours. */
  pin?: PinRule & {
    maker: 'caller' | 'system'
    /** A PIN is its person's on the whole system: no two people ever have the same one, whatever their doors and times. */
    isPersonal?: true
    /** The system also gives a PIN to credentials of these modes; it opens their doors at the keypad. */
    alsoOn?: readonly CredentialMode[]
  }
  /**
   * Groups hold zones, and a zone all of its doors: these fields of a door's metadata (under `metadataKey`) say which zone
   * it is in. Doors of one zone can only be given together.
   */
  zones?: { id: string; name: string }
  /**
   * Its doors are devices of the wire as well: of this type and manufacturer, with these fields of the door's own metadata
   * under `metadataKey`. Absent = its doors are entrances alone.
   */
  doorsAreDevices?: {
    type: string
    manufacturer: { manufacturer: string; display_name: string }
    /** What the maker calls such a door. */
    model: string
    metadata: readonly string[]
  }
  /** Users have a schedule of their own (`acs_user.access_schedule`). */
  hasUserSchedule: boolean
  /** A user holds at most one credential of each of these modes at a time. */
  onePerUser: readonly CredentialMode[]
  /** Cards carry stays: the first card of a stay overrides older ones, later ones join (access-systems.md 6.3). */
  hasStays: boolean
  /** Each guest door of a credential overrides or joins on its own; absent = the credential does as a whole. */
  hasStaysByDoor?: true
  /** Guest credentials on reservable doors need a `reservation_key` (core.md 6.5, rule R). */
  isReservationRequired: boolean
  /** The system confirms that a remotely unlocked door did open. */
  confirmsUnlock: boolean
  /** `system_type` of the credential managers that can carry its mobile keys to phones; absent = it needs none. */
  credentialManagers?: readonly string[]
  /** Names of the wire's `external_type` for what it holds; absent where the wire has none. */
  types: {
    user?: { type: string; display_name: string }
    /** Of groups that Lockstitch makes, and of those that the system reports without a type. */
    group?: { type: string; display_name: string }
    /** Further kinds of groups that are found at the system. */
    otherGroups?: readonly { type: string; display_name: string }[]
    credential: Partial<Record<CredentialMode, { type: string; display_name: string }>>
  }
  /** Key of the provider's metadata on the wire, e.g. `salto_space_metadata`; absent where it has none. */
  metadataKey?: string
  /**
   * What `acs/credentials/create` is sent under `metadataKey`, in the wire's words: for a further card of a user; for a
   * guest's card that begins a stay, or joins the one there is; and `scan_to_assign_credential`, for a card that the
   * system does not know yet. Absent = nothing has to be said, or cannot be.
   */
  cardWishes?: {
    unknownCard?: Readonly<Record<string, unknown>>
    furtherCard?: Readonly<Record<string, unknown>>
    stay?: { override: Readonly<Record<string, unknown>>; autoJoin: Readonly<Record<string, unknown>> }
  }
  /** What the wire shows of a credential under `metadataKey`; absent = nothing. */
  credentialOnWire?: {
    /** Facts and wishes that are shown as they are kept, where there are any. */
    shown: readonly string[]
    /** What stands there when nothing is kept, e.g. `{card_function_type: 'guest'}`. */
    defaults?: Readonly<Record<string, unknown>>
    /** `is_valid`: false once it was overridden, discarded or overwritten (access-systems.md 6.3). */
    showsValidity?: true
    /** Its doors: ids of guest and common doors apart, or their names. */
    doors?: 'guest_and_common' | 'names'
  }
  /** The wire's error codes that are this maker's alone; a driver gives them with its errors (kit/errors.ts). */
  errorCodes?: {
    /** It refuses a change: stands on the user, group or credential until the next change is taken. */
    refused?: readonly string[]
    /** It does not answer, and the driver knows why: stands on the system until it answers. */
    away?: readonly string[]
  }
  /** What the operator fills in to connect one; empty = nothing is asked. */
  setup: readonly SetupField[]
  /** How a person is led through `setup`; absent = one page asks for all of it. */
  connectFlow?: ConnectFlow
  /** The makers' facts behind the above: document and section. */
  sources: readonly string[]
}

/** Doors stand on credentials: instead of groups, or beside them. */
export function carriesDoors(definition: SystemDefinition): boolean {
  return definition.family === 'credential' || definition.hasDoorsOnCredentials === true
}

/** Users are in groups, which give them doors. */
export function hasGroups(definition: SystemDefinition): boolean {
  return definition.family === 'group'
}

/** Grants give doors by putting people into groups; where credentials carry doors, the credential carries them. */
export function grantsThroughGroups(definition: SystemDefinition): boolean {
  return hasGroups(definition) && !carriesDoors(definition)
}

/** Carries other systems' mobile keys to phones, and has no doors, users or credentials of its own. */
export function isCredentialManager(definition: SystemDefinition): boolean {
  return definition.isCredentialManager === true
}
