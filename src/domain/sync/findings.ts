/** What is compared when a system is looked at, and what is found (compare.ts finds it, apply.ts takes it over). */
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type {
  ReportedEncoder,
  ReportedEntrance,
  ReportedGroup,
  ReportedState,
  ReportedUser,
} from '../../systems/kit/driver.ts'
import type {
  AcsAccessGroupRecord,
  AcsCredentialRecord,
  AcsEncoderRecord,
  AcsEntranceRecord,
  AcsUserRecord,
} from '../records.ts'

export type HeldUser = Pick<
  AcsUserRecord,
  | 'acs_user_id'
  | 'acs_system_id'
  | 'connected_account_id'
  | 'user_identity_id'
  | 'external_id'
  | 'full_name'
  | 'is_suspended'
  | 'acs_access_group_ids'
  | 'is_managed'
  | 'is_deleting'
  | 'is_dirty'
  | 'reported'
  | 'errors'
  | 'warnings'
  | 'version'
>

export type HeldCredential = Pick<
  AcsCredentialRecord,
  | 'acs_credential_id'
  | 'acs_user_id'
  | 'access_method_id'
  | 'access_method'
  | 'card_number'
  | 'external_id'
  | 'is_dirty'
  | 'errors'
  | 'version'
> & {
  /** The system has taken it once. */
  is_told: boolean
}

/** The rows of one system. */
export interface Held {
  entrances: readonly AcsEntranceRecord[]
  encoders: readonly AcsEncoderRecord[]
  groups: readonly AcsAccessGroupRecord[]
  users: readonly HeldUser[]
  /** Oldest first. */
  credentials: readonly HeldCredential[]
}

/** What was held right before the state was read. */
export interface Before {
  /** Ids of rows that waited for nothing from the system, with their versions. */
  quiet: ReadonlyMap<string, number>
  /** All the system's ids that were held, by kind. */
  externalIds: Record<'groups' | 'users' | 'credentials', ReadonlySet<string>>
}

/** A door that is new, with the id it gets. */
export interface NewEntrance {
  acs_entrance_id: string
  reported: ReportedEntrance
}

/** A group of the maker's own that is new, with the id it gets. */
export interface NewGroup {
  acs_access_group_id: string
  reported: ReportedGroup
  acs_entrance_ids: string[]
}

/** Membership that was changed by hand. Where the group is the maker's own it is adopted, where it is ours it is put back. */
export interface UserChange {
  row: HeldUser
  is_suspended?: boolean
  full_name?: string | null
  /** Groups of the maker's own that the user is in now, with ours that it should be in. */
  acs_access_group_ids?: string[]
  /** The groups the system has the user in. */
  found_group_ids?: string[]
  /** Names of our groups that the user was taken out of, or put into. */
  putBack?: { taken_from: string[]; put_into: string[] }
}

export interface Findings {
  entrances: {
    added: NewEntrance[]
    changed: { row: AcsEntranceRecord; fields: Partial<AcsEntranceRecord> }[]
    removed: AcsEntranceRecord[]
    back: AcsEntranceRecord[]
  }
  encoders: {
    added: ReportedEncoder[]
    renamed: { row: AcsEncoderRecord; display_name: string }[]
    removed: AcsEncoderRecord[]
    back: AcsEncoderRecord[]
  }
  groups: {
    /** The maker's own: they are as their system has them. */
    added: NewGroup[]
    changed: { row: AcsAccessGroupRecord; name: string; acs_entrance_ids: string[]; hasOtherDoors: boolean }[]
    gone: AcsAccessGroupRecord[]
    /** Ours: they are put back. `isOurs`: nobody edited it, a door of it has come back. */
    edited: { row: AcsAccessGroupRecord; name: string; acs_entrance_ids: string[]; isOurs: boolean }[]
    missing: AcsAccessGroupRecord[]
  }
  users: {
    added: { reported: ReportedUser; acs_access_group_ids: string[] }[]
    changed: UserChange[]
    /** Found at the system once, and gone from there: never ours. */
    gone: HeldUser[]
    lost: HeldUser[]
    back: HeldUser[]
  }
  credentials: {
    lost: { row: HeldCredential; cause: 'credential' | 'user' }[]
    back: { row: HeldCredential; card_number: string | null }[]
    cardsAdded: { card_number: string; credential_id: string }[]
    cardsGone: HeldCredential[]
  }
}

export interface Comparison {
  definition: SystemDefinition
  /** Parts that are absent are not known. */
  state: Partial<ReportedState>
  held: Held
  before: Before
  now: string
  newId: () => string
}

/** Every change of a row moves its version: one that was quiet then, and has its version still, is quiet now. */
export type IsQuiet = (id: string, row: { version: number }) => boolean
