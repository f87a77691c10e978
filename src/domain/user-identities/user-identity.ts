/** Making a user identity (core.md section 4). */
import type { Ids } from '../../ids.ts'
import type { UserIdentityRecord } from '../records.ts'

/** The data of a person: what callers give and what is unique per workspace. */
export interface UserIdentityInput {
  user_identity_key?: string | null
  full_name?: string | null
  email_address?: string | null
  phone_number?: string | null
}

/** A new identity, not written yet. */
export function newUserIdentity(
  workspaceId: string,
  input: UserIdentityInput,
  ids: Ids,
  now: string,
): UserIdentityRecord {
  return {
    workspace_id: workspaceId,
    user_identity_id: ids.uuid(),
    user_identity_key: input.user_identity_key ?? null,
    full_name: input.full_name ?? null,
    email_address: input.email_address ?? null,
    phone_number: tidyPhoneNumber(input.phone_number) ?? null,
    is_managed: true,
    errors: [],
    warnings: [],
    created_at: now,
    version: 1,
  }
}

/** Phone numbers are trimmed and otherwise kept: those found at systems must come back as they are. Blank is none. */
export function tidyPhoneNumber(phone: string | null | undefined): string | null | undefined {
  return phone === undefined || phone === null ? phone : phone.trim() === '' ? null : phone.trim()
}
