/** Marks that a sync leaves on rows, and how they read. */
import type { Problem } from '../records.ts'

/** On users and credentials that somebody deleted at the system. They are never told to it again, only deleted. */
export const DELETED_EXTERNALLY = 'deleted_externally'
/** On entrances that the system has no longer. The row stays: a lock that comes back is the same door. */
export const ENTRANCE_REMOVED = 'acs_entrance_removed'
export const ENCODER_REMOVED = 'acs_encoder_removed'
/** On a group or user of ours that was changed at the system, until it has been put back. */
export const GROUP_CHANGED = 'unknown_issue_with_acs_access_group'
export const USER_CHANGED = 'unknown_issue_with_acs_user'

interface Marked {
  errors: readonly Problem[]
}

function has(row: Marked, code: string): boolean {
  return row.errors.some((error) => error.error_code === code)
}

export function isDeletedExternally(row: Marked): boolean {
  return has(row, DELETED_EXTERNALLY)
}

export function isRemovedEntrance(row: Marked): boolean {
  return has(row, ENTRANCE_REMOVED)
}

export function isRemovedEncoder(row: Marked): boolean {
  return has(row, ENCODER_REMOVED)
}

export function withoutError(errors: readonly Problem[], code: string): Problem[] {
  return errors.filter((error) => error.error_code !== code)
}

export function withoutWarning(warnings: readonly Problem[], code: string): Problem[] {
  return warnings.filter((warning) => warning.warning_code !== code)
}

export const USER_DELETED_MESSAGE =
  'The user was deleted at the access system, not by Lockstitch, which does not create it again. If the person should have access, delete the user here (acs/users/delete) and give access anew.'

export const CREDENTIAL_DELETED_MESSAGE =
  'The credential was deleted at the access system, not by Lockstitch, which does not put it back. If the person should have access, delete it here and make a new one.'

export const CREDENTIAL_OF_DELETED_USER_MESSAGE =
  'The user of this credential was deleted at the access system, not by Lockstitch, which does not create it again. If the person should have access, delete the user here (acs/users/delete) and give access anew.'

/** What an access method says whose credential is gone. */
export const METHOD_LOST_MESSAGES = {
  credential:
    'The credential behind this access method was deleted at the access system. It is not put back by itself: if the person should have access, delete this access method and request a new one.',
  user: 'The user behind this access method was deleted at the access system and is not created again by itself. If the person should have access, delete the user (acs/users/delete) and this access method, then request a new one.',
} as const
